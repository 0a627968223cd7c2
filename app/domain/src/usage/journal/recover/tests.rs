use super::super::Journal;
use super::*;
use crate::Error;
use crate::clock::milliseconds;
use crate::database::identity::identity;
use crate::directory::KeyRecord;
use crate::ids::KeyId;
use crate::profiles::EndpointId;
use crate::testing::{Directory, World, eventually};
use crate::usage::endpoints::{EndpointUse, Span, endpoints};
use crate::usage::recorder::Recorder;
use crate::usage::totals::key_totals;
use crate::usage::{Answered, Range};
use crate::verification::{Demand, Outcome, Presented, Reason, Verdict, verify};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// A run that counts until it is killed.
struct Doomed {
    recorder: Recorder,
    writer: Writer<Counters>,
    seq: i64,
}

impl Doomed {
    async fn start(backend: &Arc<Backend>, parent: &Path) -> Result<Self> {
        let journal = create(backend, parent).await?;
        let source = Counters { backend: Arc::clone(backend), words: journal.words().clone() };
        let partitions = partitions(Retention::default());
        let writer = Writer::new(Arc::clone(backend), journal.id(), source, partitions);
        Ok(Self { recorder: Recorder::new(Some(journal)), writer, seq: 1 })
    }

    /// Counts one request; every third is refused.
    fn count(&self, key: &KeyRecord, number: i64, now_ms: i64) {
        let is_refused = number % 3 == 0;
        let outcome =
            if is_refused { Outcome::Refused(Reason::IpRefused) } else { Outcome::Accepted };
        // Some are of other minutes: a batch has more than one counter of a key.
        self.recorder.count(key, outcome, now_ms - number % 7 * 60_000);
        let endpoint = EndpointId { profile: 0, place: u16::try_from(number % 3).unwrap_or(0) };
        let took = Duration::from_micros(70);
        let answered = Answered { endpoint, refused: is_refused, took, bytes: 10 };
        self.recorder.measure(key, answered, now_ms);
    }

    fn take(&self) -> Batch {
        let (counts, measures) = self.recorder.take(self.seq.cast_unsigned());
        Batch::of(counts, measures)
    }
}

async fn create(backend: &Backend, parent: &Path) -> Result<Journal> {
    let database = identity(&backend.pools).await?;
    Journal::create(parent, database, &backend.profiles).map_err(internal)
}

fn internal(error: io::Error) -> Error {
    Error::Internal(error.to_string())
}

async fn key(world: &World) -> Result<(crate::members::Admin, KeyId, KeyRecord)> {
    let admin = world.admin("one", "delphos").await?;
    let (id, credentials) = world.key(&admin, "Export").await?;
    world.follow().await;
    let presented = Presented { key: Some(credentials.key.expose().as_bytes()), secret: None };
    match verify(&world.backend, presented, Demand::default()) {
        Verdict::Accepted(record) => {
            let _ = world.backend.recorder.take(1);
            Ok((admin, id, (*record).clone()))
        }
        refused @ Verdict::Refused(..) => panic!("the key is good: {refused:?}"),
    }
}

async fn recover(world: &World, parent: &Path) -> Result<usize> {
    let database = identity(&world.backend.pools).await?;
    let runs = left_over(parent, database, world.clock.now());
    for run in &runs {
        run.write(&world.backend, Retention::default()).await?;
    }
    Ok(runs.len())
}

#[sqlx::test(migrations = false)]
async fn whenever_a_run_is_killed_each_request_counts_once(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let (admin, id, record) = key(&world).await?;
    let directory = Directory::make();
    let now = world.clock.now();
    let (mut counted, mut refused) = (0_i64, 0_i64);
    // What a run does, step by step, before it ends: counting, taking, writing, each at any time.
    for steps in 0..8 {
        for kill in ["", "taken", "written", "told"] {
            let mut run = Doomed::start(&world.backend, directory.path()).await?;
            for step in 0..=steps {
                for number in 0..=steps * 3 {
                    run.count(&record, number, world.clock.now_ms());
                    counted += 1;
                    refused += i64::from(number % 3 == 0);
                }
                if step == steps && kill.is_empty() {
                    break;
                }
                let batch = run.take();
                // Counted while the batch is on its way.
                run.count(&record, 1, world.clock.now_ms());
                counted += 1;
                if step == steps && kill == "taken" {
                    break;
                }
                run.writer.write(run.seq, &batch).await?;
                if step == steps && kill == "written" {
                    // The answer to COMMIT is lost with the program.
                    break;
                }
                run.seq += 1;
            }
            // While it lives, nobody takes what is its own.
            assert_eq!(recover(&world, directory.path()).await?, 0);
            drop(run);
            // Whoever recovers may be killed as well, and somebody do it again.
            for _ in 0..2 {
                assert_eq!(recover(&world, directory.path()).await?, 1);
            }
            let totals = key_totals(&world.backend, &admin, id).await?;
            assert_eq!(totals.requests_24h, counted, "killed after {steps}, {kill:?}");
            let span = Span::last(Range::Day, now, id);
            let called = endpoints(&world.backend, &admin, &span).await?;
            let sum = |of: fn(&EndpointUse) -> i64| called.iter().map(of).sum::<i64>();
            assert_eq!((sum(|it| it.requests), sum(|it| it.refused)), (counted, refused));
            assert_eq!(sum(|it| it.bytes), counted * 10);
            for home in std::fs::read_dir(directory.path()).map_err(internal)?.flatten() {
                std::fs::remove_dir_all(home.path()).map_err(internal)?;
            }
        }
    }
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn the_next_run_writes_what_was_left_and_a_good_end_leaves_nothing(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let mut world = World::new(owner).await?;
    let directory = Directory::make();
    let journal = create(&world.backend, directory.path()).await?;
    world.set_recorder(Recorder::new(Some(journal)));
    let (admin, id, record) = key(&world).await?;
    let run = Doomed::start(&world.backend, directory.path()).await?;
    for number in 0..5 {
        run.count(&record, number, world.clock.now_ms());
    }
    drop(run);
    // Nor do others' files stop it, or what cannot be read.
    let broken = directory.path().join(Uuid::now_v7().to_string());
    std::fs::create_dir(&broken).map_err(internal)?;
    std::fs::write(directory.path().join("notes.txt"), "mine").map_err(internal)?;
    let (stop, stopping) = watch::channel(false);
    let flushing = crate::usage::flush::flush_until(
        Arc::clone(&world.backend),
        Retention::default(),
        stopping,
    );
    let flushing = tokio::spawn(flushing);
    let left = || std::fs::read_dir(directory.path()).map_or(0, Iterator::count);
    eventually(|| left() == 3).await;
    assert_eq!(key_totals(&world.backend, &admin, id).await?.requests_24h, 5);
    stop.send_replace(true);
    assert!(flushing.await.is_ok());
    assert!(left() == 2 && broken.is_dir());
    Ok(())
}

#[test]
fn what_is_there_of_a_start_that_was_killed_is_removed() {
    let directory = Directory::make();
    let names = [Uuid::now_v7().to_string(), "notes".to_owned()].map(|name| format!("{name}.new"));
    for name in &names {
        let home = directory.path().join(name);
        assert!(std::fs::create_dir(&home).and_then(|()| File::create(home.join(LOCK))).is_ok());
    }
    let left = || names.each_ref().map(|name| directory.path().join(name).is_dir());
    // It may be about to begin.
    let now = OffsetDateTime::now_utc();
    assert!(left_over(directory.path(), Uuid::nil(), now + time::Duration::minutes(50)).is_empty());
    assert_eq!(left(), [true, true]);
    assert!(left_over(directory.path(), Uuid::nil(), now + time::Duration::minutes(70)).is_empty());
    assert_eq!(left(), [false, true], "what is not ours stays");
}

#[sqlx::test(migrations = false)]
async fn a_run_that_cannot_be_written_keeps_no_other_waiting(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let mut world = World::new(owner).await?;
    let directory = Directory::make();
    let journal = create(&world.backend, directory.path()).await?;
    world.set_recorder(Recorder::new(Some(journal)));
    let (admin, id, record) = key(&world).await?;
    let before = world.clock.now() - time::Duration::days(40);
    // There is something else where the first run's day should be.
    let (year, month, day) = (before.year(), u8::from(before.month()), before.day());
    let squatter = format!("usage_minutes_{year}{month:02}{day:02}");
    let mut owner = world.owner.connect().await?;
    sqlx::raw_sql(&format!("create table {squatter} ()")).execute(&mut owner).await?;
    for now_ms in [milliseconds(before), world.clock.now_ms()] {
        let run = Doomed::start(&world.backend, directory.path()).await?;
        run.count(&record, 0, now_ms);
    }
    let (stop, stopping) = watch::channel(false);
    let recovering =
        tokio::spawn(recover_until(Arc::clone(&world.backend), Retention::default(), stopping));
    let left = || std::fs::read_dir(directory.path()).map_or(0, Iterator::count);
    eventually(|| left() == 2).await;
    assert_eq!(key_totals(&world.backend, &admin, id).await?.requests_24h, 1);
    sqlx::raw_sql(&format!("drop table {squatter}")).execute(&mut owner).await?;
    eventually(|| left() == 1).await;
    let written = sqlx::query_scalar("select sum(requests)::bigint from usage_minutes");
    let written: i64 = written.fetch_one(&mut owner).await?;
    assert_eq!(written, 2);
    assert!(recovering.await.is_ok());
    drop(stop);
    Ok(())
}

#[sqlx::test(migrations = false)]
async fn what_was_counted_for_another_database_waits_for_it(
    _: PgPoolOptions,
    owner: PgConnectOptions,
) -> Result<()> {
    let world = World::new(owner).await?;
    let directory = Directory::make();
    let (admin, id, record) = key(&world).await?;
    Doomed::start(&world.backend, directory.path()).await?.count(&record, 1, world.clock.now_ms());
    let ours = identity(&world.backend.pools).await?;
    let mut owner = world.owner.connect().await?;
    for (database, runs, requests) in [(Uuid::now_v7(), 0, 0), (ours, 1, 1)] {
        sqlx::query("update database_identity set id = $1")
            .bind(database)
            .execute(&mut owner)
            .await?;
        assert_eq!(recover(&world, directory.path()).await?, runs);
        assert_eq!(key_totals(&world.backend, &admin, id).await?.requests_24h, requests);
    }
    Ok(())
}
