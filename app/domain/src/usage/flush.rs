//! Writing what was counted and measured; each request once.

use sqlx::PgConnection;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use time::Date;
use tokio::sync::watch;
use uuid::Uuid;

use super::counted;
use super::journal;
use super::levels::{Retention, partitions};
use super::measured::{self, Measure, MeasureKey};
use super::recorder::{Count, CountKey, Counts, Measures};
use super::words::Words;
use crate::clock::from_milliseconds;
use crate::database::batches::{self, Source, Writer};
use crate::{Backend, Error, Result};

/// Writes counts each second until told to stop, then once more, so that nothing is left; beside
/// them, what earlier runs left. Counts are kept for as long as `retention` says. Also makes room in
/// the journal, ahead of those who count.
pub async fn flush_until(backend: Arc<Backend>, retention: Retention, stop: watch::Receiver<bool>) {
    let recovery = journal::recover_until(Arc::clone(&backend), retention, stop.clone());
    let stocking = journal::stock_until(Arc::clone(&backend), stop.clone());
    let writer = writer(Arc::clone(&backend), retention);
    let (is_written, (), ()) = tokio::join!(writer.write_until(stop), recovery, stocking);
    if is_written && let Some(journal) = backend.recorder.journal() {
        journal.remove();
    }
}

fn writer(backend: Arc<Backend>, retention: Retention) -> Writer<Counters> {
    let (id, words) = match backend.recorder.journal() {
        Some(journal) => (journal.id(), journal.words().clone()),
        None => (Uuid::now_v7(), Words::of(&backend.profiles)),
    };
    let source = Counters { backend: Arc::clone(&backend), words };
    Writer::new(backend, id, source, partitions(retention))
}

/// Counts on their way to the database.
#[derive(Debug)]
pub(super) struct Batch {
    counts: Vec<(CountKey, Count)>,
    measures: Vec<(MeasureKey, Measure)>,
}

impl Batch {
    /// In one order for all nodes, so that two of them never wait for each other's rows.
    pub(super) fn of(counts: Counts, measures: Measures) -> Self {
        let mut counts: Vec<_> = counts.into_iter().collect();
        let mut measures: Vec<_> = measures.into_iter().collect();
        counts.sort_unstable_by_key(|(counted, _)| (counted.key, counted.minute, counted.outcome));
        measures
            .sort_unstable_by_key(|(measured, _)| (measured.key, measured.hour, measured.endpoint));
        Self { counts, measures }
    }
}

impl batches::Batch for Batch {
    fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.measures.is_empty()
    }

    fn items(&self) -> usize {
        self.counts.len()
    }

    fn days(&self) -> BTreeSet<Date> {
        let counted = self.counts.iter().map(|(counted, _)| counted.minute * 60_000);
        let measured = self.measures.iter().map(|(measured, _)| measured.hour * 3_600_000);
        counted.chain(measured).map(|ms| from_milliseconds(ms).date()).collect()
    }
}

/// What the recorder has counted.
pub(super) struct Counters {
    pub(super) backend: Arc<Backend>,
    pub(super) words: Words,
}

impl Source for Counters {
    type Batch = Batch;

    const WORK: &'static str = "write usage";
    /// What a crash of the machine can lose; of the program too, where there is no journal.
    const EVERY: Duration = Duration::from_secs(1);
    const AGAIN: Duration = Duration::from_secs(1);

    fn take(&self, seq: i64) -> Batch {
        let (counts, measures) = self.backend.recorder.take(seq.cast_unsigned());
        Batch::of(counts, measures)
    }

    async fn write(&self, connection: &mut PgConnection, batch: &Batch) -> Result<()> {
        let counts = counted::Columns::of(&batch.counts);
        let measures = measured::Columns::of(&self.words, &batch.measures);
        counted::write(connection, &counts).await?;
        measured::write(connection, &measures).await?;
        // All nodes add to the same few sums: others wait for little more than the COMMIT.
        counted::write_sums(connection, &counts).await?;
        measured::write_sums(connection, &measures).await
    }

    fn written(&self, _: &Batch, took: Duration) {
        self.backend.recorder.flushed(took);
    }

    fn failed(&self, batch: &Batch, error: &Error) {
        self.backend.recorder.flush_failed();
        let waiting = batch.counts.len();
        tracing::warn!(%error, waiting, "usage cannot be written yet; counting on");
    }

    fn given_up(&self) {
        match self.backend.recorder.journal() {
            Some(_) => tracing::warn!(
                "usage of the last moments waits for the next start: the database cannot be reached"
            ),
            None => {
                tracing::error!(
                    "usage of the last moments is lost: the database cannot be reached"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::batches::Batch as _;
    use crate::profiles::EndpointId;
    use crate::testing::{World, eventually};
    use crate::usage::Answered;
    use crate::usage::Range;
    use crate::usage::endpoints::{Latency, Span, endpoints};
    use crate::usage::series::{Subject, series};
    use crate::usage::totals::key_totals;
    use crate::verification::{Demand, Presented, Verdict, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn writer(world: &World) -> Writer<Counters> {
        super::writer(Arc::clone(&world.backend), Retention::default())
    }

    fn take(world: &World) -> Batch {
        let (counts, measures) = world.backend.recorder.take(1);
        Batch::of(counts, measures)
    }

    #[sqlx::test(migrations = false)]
    async fn a_batch_whose_answer_was_lost_counts_once(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, credentials) = world.key(&admin, "Export").await?;
        world.follow().await;
        let presented = Presented { key: Some(credentials.key.expose().as_bytes()), secret: None };
        let endpoint = EndpointId { profile: 0, place: 0 };
        for number in 0..7 {
            let verdict = verify(&world.backend, presented, Demand::default());
            let Verdict::Accepted(key) = verdict else { panic!("the key is good") };
            let took = Duration::from_micros(200);
            let answered = Answered { endpoint, refused: number == 0, took, bytes: 100 };
            world.backend.recorder.measure(&key, answered, world.clock.now_ms());
        }
        let batch = take(&world);
        let mut writer = writer(&world);
        writer.write(1, &batch).await?;
        writer.write(1, &batch).await?;
        assert_eq!(key_totals(&world.backend, &admin, id).await?.requests_24h, 7);
        for subject in [Subject::Organization, Subject::Key(id)] {
            for range in Range::ALL {
                let bars = series(&world.backend, &admin, subject, range).await?;
                let accepted = bars.iter().map(|bar| bar.accepted).sum::<i64>();
                assert_eq!(accepted, 7, "{subject:?} {range:?}");
            }
        }
        // A second batch adds to the first, bucket by bucket.
        for (counts, seq) in [(14, 2), (14, 2)] {
            writer.write(seq, &batch).await?;
            let now = world.clock.now();
            let span = Span::last(Range::Day, now, id);
            let called = endpoints(&world.backend, &admin, &span).await?;
            let [one] = called.as_slice() else { panic!("one endpoint was called: {called:?}") };
            assert_eq!((one.requests, one.refused, one.bytes), (counts, 2, 1_400));
            assert_eq!((one.before, one.p95), (0, Some(Latency::About(250))));
            // A day later, all of it was the day before.
            let span = Span::last(Range::Day, now + time::Duration::DAY, id);
            let called = endpoints(&world.backend, &admin, &span).await?;
            let [one] = called.as_slice() else { panic!("it is not forgotten: {called:?}") };
            assert_eq!((one.requests, one.before, one.p95), (0, counts, None));
            assert_eq!(key_totals(&world.backend, &admin, id).await?.requests_24h, counts);
        }
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn stopping_writes_what_is_left_and_forgets_deleted_keys(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (kept, one) = world.key(&admin, "Kept").await?;
        let (gone, two) = world.key(&admin, "Gone").await?;
        world.follow().await;
        let (stop, stopping) = watch::channel(false);
        let flushing =
            tokio::spawn(flush_until(Arc::clone(&world.backend), Retention::default(), stopping));
        for credentials in [&one, &two, &two] {
            let key = Some(credentials.key.expose().as_bytes());
            verify(&world.backend, Presented { key, secret: None }, Demand::default());
        }
        // Deleted by somebody with the owner's rights, before its requests were written.
        let mut connection = sqlx::ConnectOptions::connect(&world.owner).await?;
        sqlx::query("delete from form_tokens where key_id = $1")
            .bind(gone.0)
            .execute(&mut connection)
            .await?;
        sqlx::query("delete from api_keys where id = $1")
            .bind(gone.0)
            .execute(&mut connection)
            .await?;
        eventually(|| world.backend.directory.len() == 1).await;
        let _ = stop.send(true);
        assert!(flushing.await.is_ok());
        assert_eq!(key_totals(&world.backend, &admin, kept).await?.requests_24h, 1);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn levels_are_one_anothers_sums_and_survive_a_lost_partition(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (_, credentials) = world.key(&admin, "Export").await?;
        world.follow().await;
        let key = Some(credentials.key.expose().as_bytes());
        let mut writer = writer(&world);
        let mut owner = sqlx::ConnectOptions::connect(&world.owner).await?;
        let start = world.clock.now();
        for number in 0..40 {
            // Over two months' ends.
            world.pass_to(start + time::Duration::hours(37) * number).await;
            verify(&world.backend, Presented { key, secret: None }, Demand::default());
            let (seq, batch) = (i64::from(number) + 1, take(&world));
            if number == 20 {
                // Somebody drops the partition after this program has seen it.
                writer.write(0, &take(&world)).await?;
                let day = batch.days().pop_first().unwrap_or(start.date());
                let number = day.to_string().replace('-', "");
                sqlx::query(&format!("drop table usage_minutes_{number}"))
                    .execute(&mut owner)
                    .await?;
                assert!(writer.write(seq, &batch).await.is_err(), "there is nowhere to write to");
            }
            writer.write(seq, &batch).await?;
        }
        for (level, column) in [("usage_hours", "hour"), ("usage_days", "day")] {
            let wrong: i64 = sqlx::query_scalar(&format!(
                "select count(*) from (select key_id, date_trunc('{column}', minute, 'UTC') as {column}, outcome,
                                              sum(requests) as requests from usage_minutes group by 1, 2, 3) as sums
                 full join {level} using (key_id, {column}, outcome)
                 where sums.requests is distinct from {level}.requests"
            ))
            .fetch_one(&mut owner)
            .await?;
            assert_eq!(wrong, 0, "{level}");
        }
        for (unit, level) in [("minute", "minutes"), ("hour", "hours"), ("day", "days")] {
            let wrong: i64 = sqlx::query_scalar(&format!(
                "select count(*) from (select organization_id, {unit}, outcome, sum(requests) as requests
                                       from usage_{level} group by 1, 2, 3) as sums
                 full join usage_organization_{level} as told using (organization_id, {unit}, outcome)
                 where sums.requests is distinct from told.requests"
            ))
            .fetch_one(&mut owner)
            .await?;
            assert_eq!(wrong, 0, "{level} by organization");
        }
        Ok(())
    }
}
