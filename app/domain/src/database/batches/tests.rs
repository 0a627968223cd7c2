//! With batches of numbers.

use super::*;
use crate::database::partitions::Width;
use crate::testing::World;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Numbers that go into a table of the test's own.
#[derive(Default)]
struct Numbers {
    waiting: Mutex<Vec<i32>>,
    /// Come while the first batch is being written.
    late: Mutex<Vec<i32>>,
    /// Tries that will fail.
    failing: AtomicUsize,
    /// Batches written, tries failed, batches given up.
    told: [AtomicUsize; 3],
}

impl Numbers {
    fn told(&self) -> [usize; 3] {
        [0, 1, 2].map(|what| self.told[what].load(Ordering::Relaxed))
    }
}

fn set(numbers: &Mutex<Vec<i32>>, new: Vec<i32>) -> Vec<i32> {
    std::mem::replace(&mut *numbers.lock().unwrap_or_else(PoisonError::into_inner), new)
}

impl Batch for Vec<i32> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn items(&self) -> usize {
        self.len()
    }

    fn days(&self) -> BTreeSet<Date> {
        BTreeSet::from([time::macros::date!(2026 - 01 - 31)])
    }
}

impl Source for Arc<Numbers> {
    type Batch = Vec<i32>;

    const WORK: &'static str = "write numbers";
    const EVERY: Duration = Duration::from_millis(2);
    const AGAIN: Duration = Duration::from_millis(1);

    fn take(&self, _: i64) -> Vec<i32> {
        set(&self.waiting, set(&self.late, Vec::new()))
    }

    async fn write(&self, connection: &mut PgConnection, batch: &Vec<i32>) -> Result<()> {
        sqlx::query("insert into numbers select unnest($1::int[])")
            .bind(batch)
            .execute(connection)
            .await?;
        let take_one = |left: usize| left.checked_sub(1);
        match self.failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take_one) {
            Ok(_) => Err(Error::Internal("after the rows, before COMMIT".into())),
            Err(_) => Ok(()),
        }
    }

    fn written(&self, _: &Vec<i32>, _: Duration) {
        self.told[0].fetch_add(1, Ordering::Relaxed);
    }

    fn failed(&self, _: &Vec<i32>, _: &Error) {
        self.told[1].fetch_add(1, Ordering::Relaxed);
    }

    fn given_up(&self) {
        self.told[2].fetch_add(1, Ordering::Relaxed);
    }
}

async fn start(owner: PgConnectOptions, numbers: &Arc<Numbers>) -> Result<Writer<Arc<Numbers>>> {
    let world = World::new(owner).await?;
    let mut owner = world.owner.connect().await?;
    sqlx::raw_sql(
        "create table numbers (number int); grant insert, select on numbers to latchkey_validator",
    )
    .execute(&mut owner)
    .await?;
    owner.close().await?;
    let partitions = vec![Partitions::new("usage_minutes", Width::Day, 9)];
    Ok(Writer::new(world.backend, Uuid::now_v7(), Arc::clone(numbers), partitions))
}

async fn written(backend: &Backend) -> Result<(Vec<i32>, Vec<i64>)> {
    let numbers = sqlx::query_scalar("select number from numbers order by number");
    let ledger = sqlx::query_scalar("select seq from flush_ledger order by seq");
    let pool = &backend.pools.validator;
    Ok((numbers.fetch_all(pool).await?, ledger.fetch_all(pool).await?))
}

#[sqlx::test(migrations = false)]
async fn a_number_counts_once_and_the_ledger_keeps_the_last(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let numbers = Arc::new(Numbers::default());
    let mut writer = start(owner, &numbers).await?;
    for (seq, batch) in [(1, vec![1, 2]), (1, vec![1, 2]), (2, vec![]), (3, vec![3]), (3, vec![3])]
    {
        writer.write(seq, &batch).await?;
    }
    assert_eq!(written(&writer.backend).await?, (vec![1, 2, 3], vec![3]));
    // Another writer's numbers are its own.
    writer.id = Uuid::now_v7();
    writer.write(1, &vec![4]).await?;
    assert_eq!(written(&writer.backend).await?, (vec![1, 2, 3, 4], vec![1, 3]));
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn what_fails_is_tried_again_and_what_is_left_at_the_end_is_written(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let numbers = Arc::new(Numbers::default());
    let writer = start(owner, &numbers).await?;
    let backend = Arc::clone(&writer.backend);
    set(&numbers.waiting, vec![1, 2]);
    set(&numbers.late, vec![3]);
    numbers.failing.store(LAST_TRIES - 1, Ordering::Relaxed);
    let (_stop, stopping) = watch::channel(true);
    assert!(writer.write_until(stopping).await);
    assert_eq!(written(&backend).await?, (vec![1, 2, 3], vec![2]));
    assert_eq!(numbers.told(), [2, LAST_TRIES - 1, 0]);
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn a_database_that_stays_away_is_waited_for_until_the_last_tries(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let numbers = Arc::new(Numbers::default());
    let writer = start(owner, &numbers).await?;
    let backend = Arc::clone(&writer.backend);
    set(&numbers.waiting, vec![1]);
    numbers.failing.store(usize::MAX, Ordering::Relaxed);
    let (stop, stopping) = watch::channel(false);
    let writing = tokio::spawn(writer.write_until(stopping));
    // While it need not stop, it never gives up.
    crate::testing::eventually(|| numbers.told()[1] > 2 * LAST_TRIES).await;
    assert_eq!(numbers.told()[2], 0);
    stop.send_replace(true);
    assert!(writing.await.is_ok_and(|is_written| !is_written));
    assert_eq!((numbers.told()[0], numbers.told()[2]), (0, 1));
    assert_eq!(written(&backend).await?, (vec![], vec![]));
    Ok(())
}
