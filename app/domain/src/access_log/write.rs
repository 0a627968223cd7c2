//! Writing the log, by binary COPY into the days' partitions; each call once.

use sqlx::PgConnection;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use time::{Date, OffsetDateTime};
use tokio::sync::watch;
use uuid::Uuid;

use super::queue::{Buffer, Gaps};
use super::row::COLUMNS;
use crate::clock::from_milliseconds;
use crate::database::batches::{self, Source, Writer};
use crate::database::partitions::{Partitions, Width};
use crate::{Backend, Error, Result};

/// What COPY's binary form begins and ends with.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const END: &[u8] = b"\xff\xff";

/// Writes calls until told to stop, then once more, so that nothing is left. Days that are older
/// than `keep_days` are dropped.
pub async fn write_until(backend: Arc<Backend>, keep_days: u16, stop: watch::Receiver<bool>) {
    writer(backend, keep_days).write_until(stop).await;
}

fn writer(backend: Arc<Backend>, keep_days: u16) -> Writer<Calls> {
    let days = Partitions::new("access_log", Width::Day, keep_days);
    Writer::new(Arc::clone(&backend), Uuid::now_v7(), Calls(backend), vec![days])
}

/// Calls on their way to the database.
#[derive(Debug)]
struct Batch {
    buffers: Vec<Buffer>,
    gaps: Gaps,
}

impl Batch {
    fn rows(&self) -> u64 {
        self.buffers.iter().map(|buffer| buffer.rows).sum()
    }

    fn bytes(&self) -> usize {
        self.buffers.iter().map(|buffer| buffer.bytes.len()).sum()
    }
}

impl batches::Batch for Batch {
    fn is_empty(&self) -> bool {
        self.buffers.is_empty() && self.gaps.is_empty()
    }

    fn items(&self) -> usize {
        usize::try_from(self.rows()).unwrap_or(usize::MAX)
    }

    fn days(&self) -> BTreeSet<Date> {
        self.buffers.iter().map(|buffer| date(buffer.day)).collect()
    }
}

/// The calls that wait in the queue.
struct Calls(Arc<Backend>);

impl Source for Calls {
    type Batch = Batch;

    const WORK: &'static str = "write access log";
    const EVERY: Duration = Duration::from_millis(500);
    const AGAIN: Duration = Duration::from_secs(1);

    fn take(&self, _: i64) -> Batch {
        let (buffers, gaps) = self.0.access_log.take();
        Batch { buffers, gaps }
    }

    async fn much(&self) {
        self.0.access_log.many.notified().await;
    }

    async fn write(&self, connection: &mut PgConnection, batch: &Batch) -> Result<()> {
        for of_day in batch.buffers.chunk_by(|a, b| a.day == b.day) {
            copy(connection, of_day).await?;
        }
        write_gaps(connection, &batch.gaps).await
    }

    fn written(&self, batch: &Batch, _: Duration) {
        self.0.access_log.done(batch.rows(), batch.bytes());
    }

    fn failed(&self, batch: &Batch, error: &Error) {
        tracing::warn!(%error, calls = batch.rows(), "the access log cannot be written yet");
    }

    fn given_up(&self) {
        tracing::error!("the last calls are not in the access log");
    }
}

fn date(day: i64) -> Date {
    from_milliseconds(day * 86_400_000).date()
}

/// Buffers of one day.
async fn copy(connection: &mut PgConnection, buffers: &[Buffer]) -> Result<()> {
    let Some(first) = buffers.first() else { return Ok(()) };
    let day = date(first.day);
    let statement = format!(
        "copy access_log_{:04}{:02}{:02} ({COLUMNS}) from stdin (format binary)",
        day.year(),
        u8::from(day.month()),
        day.day()
    );
    let mut copy = connection.copy_in_raw(&statement).await?;
    copy.send(HEAD).await?;
    for buffer in buffers {
        copy.send(buffer.bytes.as_slice()).await?;
    }
    copy.send(END).await?;
    copy.finish().await?;
    Ok(())
}

async fn write_gaps(connection: &mut PgConnection, gaps: &Gaps) -> Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    let mut gaps: Vec<_> = gaps.iter().collect();
    gaps.sort();
    let organizations: Vec<Uuid> = gaps.iter().map(|((id, _), _)| id.0).collect();
    let minute = |minute: &i64| from_milliseconds(*minute * 60_000);
    let minutes: Vec<OffsetDateTime> = gaps.iter().map(|((_, at), _)| minute(at)).collect();
    let calls: Vec<i64> = gaps.iter().map(|(_, calls)| **calls).collect();
    sqlx::query!(
        "insert into access_log_gaps (organization_id, minute, calls)
         select organization_id, minute, calls
         from unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) as gap (organization_id, minute, calls)
         where exists (select from api_keys where api_keys.organization_id = gap.organization_id)
         on conflict (organization_id, minute) do update set calls = access_log_gaps.calls + excluded.calls",
        &organizations,
        &minutes,
        &calls,
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::gaps::gaps;
    use super::super::list::{Filter, list};
    use super::super::{Call, Endpoint, Kept, Offer, Queue, Settings, WhenFull};
    use super::*;
    use crate::members::Admin;
    use crate::testing::World;
    use crate::verification::{Demand, Grant, Presented, Verdict, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    /// A world in which so many bytes of calls find room, and a key.
    async fn crowded(owner: PgConnectOptions, capacity: usize) -> Result<(World, Admin, Grant)> {
        let mut world = World::new(owner).await?;
        if let Some(backend) = Arc::get_mut(&mut world.backend) {
            backend.access_log = Queue::with_capacity(capacity);
        }
        let admin = world.admin("one", "delphos").await?;
        let (_, credentials) = world.key(&admin, "Export").await?;
        world.follow().await;
        let key = Some(credentials.key.expose().as_bytes());
        match verify(&world.backend, Presented { key, secret: None }, Demand::default()) {
            Verdict::Accepted(key) => Ok((world, admin, key)),
            Verdict::Refused(reason, _) => Err(crate::Error::Internal(reason.as_str().into())),
        }
    }

    fn offer(world: &World, key: &Grant, settings: Settings) -> Offer {
        let at_ms = world.clock.now_ms();
        let call = Call {
            request_id: world.backend.access_log.request_id(at_ms),
            at_ms,
            key,
            method: "GET",
            endpoint: Endpoint::Other,
            path: "/",
            status: 200,
            reason: None,
            duration_us: 0,
            ip: None,
            user_agent: None,
            datastore: None,
            prefixes: [None, None],
        };
        world.backend.access_log.offer(&call, settings, "node")
    }

    #[sqlx::test(migrations = false)]
    async fn what_finds_no_room_is_told_or_waits(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let (world, admin, key) = crowded(owner, 1).await?;
        let queue = &world.backend.access_log;
        let shed = Settings::default();
        let block = Settings { when_full: WhenFull::Block, ..shed };
        for _ in 0..4 {
            assert!(matches!(offer(&world, &key, shed), Offer::Done));
        }
        let Offer::Wait(row) = offer(&world, &key, block) else { panic!("there is no room") };
        assert_eq!((queue.waiting(), queue.shed(), queue.blocked()), (1, 3, 1));
        // Waits for the writer, which waits for nobody.
        tokio::join!(queue.wait(row), world.write_log());
        world.write_log().await;
        assert_eq!((queue.waiting(), queue.written()), (0, 2));
        assert_eq!(list(&world.backend, &admin, &Filter::default()).await?.calls.len(), 2);
        assert_eq!(gaps(&world.backend, &admin).await?, 3);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_batch_whose_answer_was_lost_is_written_once(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let (world, admin, key) = crowded(owner, 1).await?;
        offer(&world, &key, Settings::default());
        offer(&world, &key, Settings::default());
        let batch = Calls(Arc::clone(&world.backend)).take(1);
        let mut writer = writer(Arc::clone(&world.backend), 30);
        writer.write(1, &batch).await?;
        writer.write(1, &batch).await?;
        assert_eq!(list(&world.backend, &admin, &Filter::default()).await?.calls.len(), 1);
        assert_eq!(gaps(&world.backend, &admin).await?, 1);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn profiles_choose_what_is_kept(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let (world, _, key) = crowded(owner, 1_000_000).await?;
        let one_in_ten = std::num::NonZeroU32::new(10).map_or(Kept::All, Kept::Sampled);
        for (calls, waiting) in [(Kept::Refused, 0), (one_in_ten, 3), (Kept::All, 33)] {
            for _ in 0..30 {
                offer(&world, &key, Settings { calls, ..Settings::default() });
            }
            assert_eq!(world.backend.access_log.waiting(), waiting, "{calls:?}");
        }
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn old_days_are_dropped_whole(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let (world, admin, key) = crowded(owner, 1).await?;
        offer(&world, &key, Settings::default());
        world.write_log().await;
        let count = async || list(&world.backend, &admin, &Filter::default()).await;
        assert_eq!(count().await?.calls.len(), 1);
        let (now, days) = (world.clock.now(), time::Duration::DAY);
        for (later, calls) in [(30, 1), (31, 0)] {
            world.clock.set(now + days * later);
            world.write_log().await;
            assert_eq!(count().await?.calls.len(), calls, "after {later} days");
        }
        Ok(())
    }
}
