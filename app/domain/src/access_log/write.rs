//! Writing the log, by binary COPY into the days' partitions. A batch has a number that the same
//! transaction writes down, as counts have: one whose answer was lost is written once.

use sqlx::PgConnection;
use std::sync::Arc;
use std::time::Duration;
use time::{Date, OffsetDateTime};
use tokio::sync::watch;
use uuid::Uuid;

use super::queue::{Buffer, Gaps};
use super::row::COLUMNS;
use crate::clock::from_milliseconds;
use crate::database::partitions::{Partitions, Width};
use crate::{Backend, Result};

/// How often the log is written.
const EVERY: Duration = Duration::from_millis(500);
/// Until the next try, while the database cannot be reached.
const AGAIN: Duration = Duration::from_secs(1);
/// Tries at the end, before what is left is given up.
const LAST_TRIES: usize = 10;

/// What COPY's binary form begins and ends with.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const END: &[u8] = b"\xff\xff";

/// Calls on their way to the database.
#[derive(Debug)]
struct Batch {
    seq: i64,
    buffers: Vec<Buffer>,
    gaps: Gaps,
}

/// What the writer remembers between batches.
struct Writer {
    backend: Arc<Backend>,
    /// In the ledger of batches that have been written.
    id: Uuid,
    days: Partitions,
}

/// Writes calls until told to stop, then once more, so that nothing is left. Days that are older
/// than `keep_days` are dropped.
pub async fn write_until(backend: Arc<Backend>, keep_days: u16, mut stop: watch::Receiver<bool>) {
    let mut writer = Writer { backend, id: Uuid::now_v7(), days: days(keep_days) };
    let (mut seq, mut tries_left) = (0, LAST_TRIES);
    let mut unwritten: Option<Batch> = None;
    loop {
        let stopping = *stop.borrow();
        if !stopping {
            let pause = if unwritten.is_some() { AGAIN } else { EVERY };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = writer.backend.access_log.many.notified(), if unwritten.is_none() => {}
                _ = stop.changed() => {}
            }
        }
        let batch = unwritten.take().unwrap_or_else(|| {
            seq += 1;
            let (buffers, gaps) = writer.backend.access_log.take();
            Batch { seq, buffers, gaps }
        });
        match writer.write(&batch).await {
            Ok(()) if stopping && batch.buffers.is_empty() => return,
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%error, calls = batch.rows(), "the access log cannot be written yet");
                unwritten = Some(batch);
                if stopping {
                    tries_left -= 1;
                    if tries_left == 0 {
                        tracing::error!("the last calls are not in the access log");
                        return;
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }
}

fn days(keep_days: u16) -> Partitions {
    Partitions::new("access_log", Width::Day, keep_days)
}

impl Batch {
    fn rows(&self) -> u64 {
        self.buffers.iter().map(|buffer| buffer.rows).sum()
    }

    fn bytes(&self) -> usize {
        self.buffers.iter().map(|buffer| buffer.bytes.len()).sum()
    }
}

impl Writer {
    async fn write(&mut self, batch: &Batch) -> Result<()> {
        let mut connection = self.backend.pools.validator.acquire().await?;
        self.days.turn(&mut connection, self.backend.clock.now()).await?;
        if batch.buffers.is_empty() && batch.gaps.is_empty() {
            return Ok(());
        }
        for buffer in &batch.buffers {
            self.days.open(&mut connection, date(buffer.day)).await?;
        }
        let mut transaction = sqlx::Connection::begin(&mut *connection).await?;
        let new = sqlx::query!(
            "insert into flush_ledger (node_id, seq) values ($1, $2)
             on conflict on constraint flush_ledger_pkey do nothing",
            self.id,
            batch.seq,
        )
        .execute(&mut *transaction)
        .await?;
        // Otherwise a try whose answer was lost has written it.
        if new.rows_affected() > 0 {
            for of_day in batch.buffers.chunk_by(|a, b| a.day == b.day) {
                copy(&mut transaction, of_day).await?;
            }
            write_gaps(&mut transaction, &batch.gaps).await?;
            sqlx::query!(
                "delete from flush_ledger where node_id = $1 and seq < $2",
                self.id,
                batch.seq
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        self.backend.access_log.done(batch.rows(), batch.bytes());
        Ok(())
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
        let (buffers, gaps_of) = world.backend.access_log.take();
        let batch = Batch { seq: 1, buffers, gaps: gaps_of };
        let backend = Arc::clone(&world.backend);
        let mut writer = Writer { backend, id: Uuid::now_v7(), days: days(30) };
        writer.write(&batch).await?;
        let again = writer.write(&batch).await;
        assert!(again.is_ok());
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
