//! Writing what was counted. Each batch has a number that the same transaction writes down: when
//! the answer to COMMIT is lost, the batch is sent again under its number and counts once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::{Date, OffsetDateTime};
use tokio::sync::watch;
use uuid::Uuid;

use super::levels::{Levels, Retention};
use super::measured::{self, Measure, MeasureKey};
use super::recorder::{Count, CountKey};
use crate::clock::from_milliseconds;
use crate::verification::Outcome;
use crate::{Backend, Result};

/// How often counts are written; what a crash of the machine can lose.
const EVERY: Duration = Duration::from_secs(1);
/// Tries at the end, a second apart, before counts are given up.
const LAST_TRIES: usize = 10;

/// Counts on their way to the database.
#[derive(Debug)]
struct Batch {
    seq: i64,
    rows: Vec<(CountKey, Count)>,
    measures: Vec<(MeasureKey, Measure)>,
}

/// What the writer remembers between batches.
struct Writer {
    backend: Arc<Backend>,
    levels: Levels,
}

/// Writes counts each second until told to stop, then once more, so that nothing is left. Counts
/// are kept for as long as `retention` says.
pub async fn flush_until(
    backend: Arc<Backend>,
    retention: Retention,
    mut stop: watch::Receiver<bool>,
) {
    let mut writer = Writer { backend, levels: Levels::new(retention) };
    let mut seq = 0;
    let mut unwritten: Option<Batch> = None;
    let mut tries_left = LAST_TRIES;
    loop {
        let stopping = *stop.borrow();
        if !stopping {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => {}
            }
            writer.turn().await;
        }
        let batch = unwritten.take().unwrap_or_else(|| {
            seq += 1;
            take_batch(&writer.backend, seq)
        });
        let began = Instant::now();
        match writer.write(&batch).await {
            Ok(()) if stopping && batch.is_empty() => return,
            Ok(()) => writer.backend.recorder.flushed(began.elapsed()),
            Err(error) => {
                writer.backend.recorder.flush_failed();
                tracing::warn!(%error, waiting = batch.rows.len(), "usage cannot be written yet; counting on");
                unwritten = Some(batch);
                if stopping {
                    tries_left -= 1;
                    if tries_left == 0 {
                        tracing::error!(
                            "usage of the last moments is lost: the database cannot be reached"
                        );
                        return;
                    }
                    tokio::time::sleep(EVERY).await;
                }
            }
        }
    }
}

fn take_batch(backend: &Backend, seq: i64) -> Batch {
    let (counts, measures) = backend.recorder.take();
    let mut rows: Vec<_> = counts.into_iter().collect();
    let mut measures: Vec<_> = measures.into_iter().collect();
    // One order for all nodes, so that two of them never wait for each other's rows.
    rows.sort_unstable_by_key(|(counted, _)| (counted.key, counted.minute, counted.outcome));
    measures.sort_unstable_by_key(|(measured, _)| (measured.key, measured.hour, measured.endpoint));
    Batch { seq, rows, measures }
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.measures.is_empty()
    }

    /// The days, in UTC, that it counts.
    fn days(&self) -> BTreeSet<Date> {
        let counted = self.rows.iter().map(|(counted, _)| counted.minute * 60_000);
        let measured = self.measures.iter().map(|(measured, _)| measured.hour * 3_600_000);
        counted.chain(measured).map(|ms| from_milliseconds(ms).date()).collect()
    }
}

/// The batch's columns, as arrays for one statement each.
#[derive(Debug, Default)]
struct Columns {
    keys: Vec<Uuid>,
    minutes: Vec<OffsetDateTime>,
    outcomes: Vec<String>,
    requests: Vec<i64>,
    seen_at: Vec<OffsetDateTime>,
    accepted: Vec<bool>,
}

impl Columns {
    fn of(batch: &Batch) -> Self {
        let mut columns = Self::default();
        for (counted, count) in &batch.rows {
            columns.keys.push(counted.key.0);
            columns.minutes.push(from_milliseconds(counted.minute * 60_000));
            columns.outcomes.push(counted.outcome.as_str().to_owned());
            columns.requests.push(i64::try_from(count.requests).unwrap_or(i64::MAX));
            columns.seen_at.push(from_milliseconds(count.last_at_ms));
            columns.accepted.push(counted.outcome == Outcome::Accepted);
        }
        columns
    }
}

impl Writer {
    /// Looks after the tables' partitions, now and then.
    async fn turn(&mut self) {
        let now = self.backend.clock.now();
        if !self.levels.are_due(now) {
            return;
        }
        let turned = match self.backend.pools.validator.acquire().await {
            Ok(mut connection) => self.levels.turn(&mut connection, now).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = turned {
            tracing::warn!(%error, "the next days of usage cannot be made ready yet");
        }
    }

    async fn write(&mut self, batch: &Batch) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let written = self.write_once(batch).await;
        if written.is_err() {
            // A partition that was believed in may be gone.
            self.levels.forget();
        }
        written
    }

    async fn write_once(&mut self, batch: &Batch) -> Result<()> {
        let backend = &self.backend;
        let mut connection = backend.pools.validator.acquire().await?;
        for day in batch.days() {
            self.levels.open(&mut connection, day).await?;
        }
        let mut transaction = sqlx::Connection::begin(&mut *connection).await?;
        let new = sqlx::query!(
            "insert into flush_ledger (node_id, seq) values ($1, $2)
             on conflict on constraint flush_ledger_pkey do nothing",
            backend.node_id,
            batch.seq,
        )
        .execute(&mut *transaction)
        .await?;
        if new.rows_affected() == 0 {
            // Written by a try whose answer was lost.
            return Ok(());
        }
        let columns = Columns::of(batch);
        write_counts(&mut transaction, &columns).await?;
        write_activity(&mut transaction, &columns).await?;
        measured::write(&mut transaction, backend, &batch.measures).await?;
        // Only the last number can be asked for again.
        sqlx::query!(
            "delete from flush_ledger where node_id = $1 and seq < $2",
            backend.node_id,
            batch.seq
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Keys that are gone from the database are left out: nobody can look at their usage any more.
async fn write_counts(connection: &mut sqlx::PgConnection, columns: &Columns) -> Result<()> {
    sqlx::query!(
        "insert into usage_minutes (organization_id, key_id, minute, outcome, requests)
         select organization_id, key_id, minute, outcome, requests
         from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
              as counted (key_id, minute, outcome, requests)
         join api_keys on api_keys.id = key_id
         order by key_id, minute, outcome
         on conflict (key_id, minute, outcome) do update set requests = usage_minutes.requests + excluded.requests",
        &columns.keys,
        &columns.minutes,
        &columns.outcomes,
        &columns.requests,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"insert into usage_hours (organization_id, key_id, hour, outcome, requests)
         select organization_id, key_id, date_trunc('hour', minute, 'UTC') as hour, outcome, sum(requests)
         from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
              as counted (key_id, minute, outcome, requests)
         join api_keys on api_keys.id = key_id
         group by 1, 2, 3, 4
         order by key_id, hour, outcome
         on conflict (key_id, hour, outcome) do update set requests = usage_hours.requests + excluded.requests"#,
        &columns.keys,
        &columns.minutes,
        &columns.outcomes,
        &columns.requests,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"insert into usage_days (organization_id, key_id, day, outcome, requests)
         select organization_id, key_id, date_trunc('day', minute, 'UTC') as day, outcome, sum(requests)
         from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
              as counted (key_id, minute, outcome, requests)
         join api_keys on api_keys.id = key_id
         group by 1, 2, 3, 4
         order by key_id, day, outcome
         on conflict (key_id, day, outcome) do update set requests = usage_days.requests + excluded.requests"#,
        &columns.keys,
        &columns.minutes,
        &columns.outcomes,
        &columns.requests,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_activity(connection: &mut sqlx::PgConnection, columns: &Columns) -> Result<()> {
    sqlx::query!(
        "insert into key_activity (key_id, organization_id, last_seen_at, last_used_at)
         select key_id, organization_id, max(seen_at), max(seen_at) filter (where accepted)
         from unnest($1::uuid[], $2::timestamptz[], $3::boolean[]) as counted (key_id, seen_at, accepted)
         join api_keys on api_keys.id = key_id
         group by 1, 2
         order by key_id
         on conflict (key_id) do update
         set last_seen_at = greatest(key_activity.last_seen_at, excluded.last_seen_at),
             last_used_at = greatest(key_activity.last_used_at, excluded.last_used_at)",
        &columns.keys,
        &columns.seen_at,
        &columns.accepted,
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::EndpointId;
    use crate::testing::{World, eventually};
    use crate::usage::Answered;
    use crate::usage::Range;
    use crate::usage::endpoints::{Latency, Span, endpoints};
    use crate::usage::totals::key_totals;
    use crate::verification::{Demand, Presented, Verdict, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn writer(world: &World) -> Writer {
        let levels = Levels::new(Retention::default());
        Writer { backend: Arc::clone(&world.backend), levels }
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
        let batch = take_batch(&world.backend, 1);
        let mut writer = writer(&world);
        writer.write(&batch).await?;
        writer.write(&batch).await?;
        assert_eq!(key_totals(&world.backend, &admin, id).await?.requests_24h, 7);
        // A second batch adds to the first, bucket by bucket.
        for (counts, seq) in [(14, 2), (14, 2)] {
            let again = Batch { seq, rows: batch.rows.clone(), measures: batch.measures.clone() };
            writer.write(&again).await?;
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
            let batch = take_batch(&world.backend, i64::from(number) + 1);
            if number == 20 {
                // Somebody drops the partition after this program has seen it.
                let day = batch.days().pop_first().unwrap_or(start.date());
                let mut connection = world.backend.pools.validator.acquire().await?;
                writer.levels.open(&mut connection, day).await?;
                let number = day.to_string().replace('-', "");
                sqlx::query(&format!("drop table usage_minutes_{number}"))
                    .execute(&mut owner)
                    .await?;
                assert!(writer.write(&batch).await.is_err(), "there is nowhere to write to");
            }
            writer.write(&batch).await?;
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
        Ok(())
    }
}
