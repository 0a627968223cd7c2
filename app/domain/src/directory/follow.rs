//! Keeping the directory true: listen first, then load everything, then catch up at every
//! notification and every second. Whatever goes wrong, all is loaded anew.

use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::apply::Writer;
use super::load::{self, Changes, KeyRow, Which};
use super::prune::{NOTES_KEPT, prune};
use crate::database::uncompiled;
use crate::nodes::acknowledge::acknowledge;
use crate::{Backend, Error, Result};

const CHANNEL: &str = "latchkey_key_change";
/// A change is found this soon even when its notification was lost.
const CATCH_UP_EVERY: Duration = Duration::from_secs(1);
/// How long to wait before trying to reach the database again: hardly at first, for a connection
/// that broke is mostly one that can be made anew; twice as long each time that fails.
const RETRY_AFTER: Duration = Duration::from_millis(10);
const RETRY_AFTER_MOST: Duration = Duration::from_millis(500);
/// How long connecting may take before it is tried again.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Where the database takes longer for one of these, the connection counts as lost.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);
const PRUNE_EVERY: Duration = Duration::from_secs(300);

/// Follows the database until the task is dropped.
pub async fn follow(backend: Arc<Backend>) {
    let mut pause = RETRY_AFTER;
    while !backend.pools.validator.is_closed() {
        if let Err(error) = session(&backend, &mut pause).await {
            tracing::warn!(%error, "the key directory lost its database; answering from memory");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RETRY_AFTER_MOST);
    }
}

/// One connection's life: ends with the error that ended it. Once all is loaded, the next one may
/// begin soon.
async fn session(backend: &Backend, pause: &mut Duration) -> Result<()> {
    let own = connections_of_its_own(&backend.pools.validator);
    let mut listener = PgListener::connect_with(&own).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    let mut connection = own.acquire().await?;
    let asked = backend.directory.asked.load(Ordering::Acquire);
    let mut look = load_all(backend, &mut connection).await?;
    backend.directory.done.send_replace(asked);
    acknowledge(backend, &mut connection, &look.snapshot).await?;
    // From here on what is written says how far this node has read. A crash of the database may lose
    // that: all is read anew then; and the next change does not wait for a disk.
    sqlx::query("set synchronous_commit = off").execute(&mut *connection).await?;
    *pause = RETRY_AFTER;
    tracing::info!(keys = backend.directory.len(), "key directory loaded");
    let mut pruned = Instant::now();
    loop {
        // Begun before there is anything to read, so that a change is read a round trip sooner. What it
        // sees is settled by its first statement: until then it holds nothing back.
        let transaction = in_time(begin_snapshot(&mut connection)).await?;
        let hung_up = tokio::select! {
            notified = listener.try_recv() => notified?.is_none(),
            () = backend.directory.wake.notified() => false,
            () = tokio::time::sleep(CATCH_UP_EVERY) => false,
            () = backend.pools.validator.close_event() => true,
        };
        if hung_up {
            // Notifications may have been lost.
            return Err(Error::Unavailable);
        }
        // A burst of notifications is one reason to look, not many.
        while listener.next_buffered().is_some() {}
        if look.taken.elapsed() > Duration::from_secs(NOTES_KEPT.unsigned_abs().as_secs() / 2) {
            return Err(Error::Internal("was away for too long".into()));
        }
        let asked = backend.directory.asked.load(Ordering::Acquire);
        let fits = in_time(catch_up(backend, transaction, &mut look)).await?;
        if !fits {
            look = load_all(backend, &mut connection).await?;
        }
        backend.directory.done.send_replace(asked);
        in_time(acknowledge(backend, &mut connection, &look.snapshot)).await?;
        if pruned.elapsed() > PRUNE_EVERY {
            prune(&mut connection).await?;
            pruned = Instant::now();
        }
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(LOOK_TIMEOUT, work).await.map_err(|_| Error::Unavailable)?
}

/// Made anew for each session. Those that the pool has kept for others may be as dead as the one
/// that just ended; to find that out one by one, with the pool's growing pauses, took seconds.
fn connections_of_its_own(pool: &PgPool) -> PgPool {
    uncompiled(PgPoolOptions::new())
        .max_connections(2)
        .acquire_timeout(CONNECT_TIMEOUT)
        .test_before_acquire(false)
        .connect_lazy_with(pool.connect_options().as_ref().clone())
}

/// How far the directory has read.
#[derive(Debug)]
struct Look {
    writer: Writer,
    snapshot: String,
    /// By the monotonic clock, so that a changed wall clock does not hide a long absence.
    taken: Instant,
}

/// Reads every row in one snapshot, then swaps the new table in.
async fn load_all(backend: &Backend, connection: &mut PgConnection) -> Result<Look> {
    let taken = Instant::now();
    let heard_at_ms = backend.clock.elapsed_ms();
    let mut transaction = begin_snapshot(connection).await?;
    let snapshot = load::snapshot(&mut transaction).await?;
    let mut writer = Writer::new(
        Arc::clone(&backend.directory.limits),
        Arc::clone(&backend.profiles),
        backend.clock.clone(),
    );
    for row in load::organizations(&mut transaction, Which::All).await? {
        writer.put_organization(row);
    }
    for row in load::channels(&mut transaction, Which::All, &[]).await? {
        writer.put_channel(&row);
    }
    load::keys(&mut transaction, Which::All, |row| writer.put_key(&row)).await?;
    transaction.commit().await?;
    tell_prefixes(backend, &mut writer);
    backend.directory.table.store(Arc::clone(&writer.table));
    backend.directory.organizations.store(writer.organizations());
    backend.directory.heard(heard_at_ms, writer.keys());
    Ok(Look { writer, snapshot, taken })
}

/// Applies what has changed since the last look; false when that takes loading everything.
async fn catch_up(
    backend: &Backend,
    mut transaction: sqlx::Transaction<'_, sqlx::Postgres>,
    look: &mut Look,
) -> Result<bool> {
    let taken = Instant::now();
    let heard_at_ms = backend.clock.elapsed_ms();
    let mut changes = load::changes(&mut transaction, &look.snapshot).await?;
    let fits = apply(&mut transaction, &mut look.writer, &mut changes).await?;
    transaction.commit().await?;
    tell_prefixes(backend, &mut look.writer);
    if fits {
        if !changes.organizations.is_empty() {
            backend.directory.organizations.store(look.writer.organizations());
        }
        look.snapshot = changes.snapshot;
        look.taken = taken;
        backend.directory.heard(heard_at_ms, look.writer.keys());
    }
    Ok(fits)
}

/// Lets requests know how imported keys begin, where that has changed.
fn tell_prefixes(backend: &Backend, writer: &mut Writer) {
    if std::mem::take(&mut writer.imported_changed) {
        backend.directory.imported.store(Arc::new(writer.imported.clone()));
    }
}

async fn apply(
    transaction: &mut PgConnection,
    writer: &mut Writer,
    changes: &mut Changes,
) -> Result<bool> {
    let mut fits = true;
    if !changes.organizations.is_empty() {
        let which = Which::These(&changes.organizations);
        for row in load::organizations(transaction, which).await? {
            fits &= writer.put_organization(row);
        }
    }
    if !changes.channels.is_empty() || !changes.members.is_empty() {
        let which = Which::These(&changes.channels);
        for row in load::channels(transaction, which, &changes.members).await? {
            writer.put_channel(&row);
        }
    }
    let mut kept = HashSet::new();
    let mut take = |row: KeyRow| {
        writer.put_key(&row);
        kept.insert(row.digest);
    };
    changes.keys.drain(..).for_each(&mut take);
    if !changes.further.is_empty() {
        load::keys(transaction, Which::These(&changes.further), take).await?;
    }
    writer.forget_old(&changes.texts, &kept);
    Ok(fits)
}

async fn begin_snapshot(
    connection: &mut PgConnection,
) -> Result<sqlx::Transaction<'_, sqlx::Postgres>> {
    Ok(connection.begin_with("begin isolation level repeatable read read only").await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::mint::Credentials;
    use crate::testing::{World, eventually};
    use crate::verification::{Demand, Presented, verify};
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn said(world: &World, credentials: &Credentials, slug: &str) -> &'static str {
        let key = Some(credentials.key.expose().as_bytes());
        let demand = Demand { slug: Some(slug), ..Demand::default() };
        verify(&world.backend, Presented { key, secret: None }, demand).outcome().as_str()
    }

    #[sqlx::test(migrations = false)]
    async fn a_change_that_commits_late_is_not_skipped(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (late, of_late) = world.key(&admin, "late").await?;
        world.follow().await;
        // This transaction takes its number first and commits after many others were read.
        let mut connection = world.owner.connect().await?;
        let mut transaction = connection.begin().await?;
        sqlx::query("update api_keys set status = 'DISABLED' where id = $1")
            .bind(late.0)
            .execute(&mut *transaction)
            .await?;
        for round in 0..20 {
            let (_, credentials) = world.key(&admin, &format!("early {round}")).await?;
            eventually(|| said(&world, &credentials, "one") == "accepted").await;
        }
        assert_eq!(said(&world, &of_late, "one"), "accepted");
        transaction.commit().await?;
        eventually(|| said(&world, &of_late, "one") == "disabled").await;
        Ok(())
    }

    /// More than come along with their rows, in one transaction: an edit, a deletion, a text that goes
    /// over to another key, and two changes of one key.
    #[sqlx::test(migrations = false)]
    async fn many_changes_at_once_are_all_read(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let mut keys = Vec::new();
        for number in 0..8 {
            keys.push(world.key(&admin, &format!("number {number}")).await?);
        }
        world.follow().await;
        let ids: Vec<_> = keys.iter().map(|(id, _)| id.0).collect();
        let mut connection = world.owner.connect().await?;
        let mut transaction = connection.begin().await?;
        sqlx::query("delete from form_tokens").execute(&mut *transaction).await?;
        for (change, key) in [
            ("update api_keys set status = 'DISABLED' where id = $1", ids[0]),
            ("delete from api_keys where id = $1", ids[1]),
            ("update api_keys set status = 'DISABLED' where id = $1", ids[2]),
            ("update api_keys set status = 'ACTIVE' where id = $1", ids[2]),
            ("update api_keys set status = 'DISABLED' where id = $1", ids[3]),
            ("update api_keys set status = 'DISABLED' where id = $1", ids[4]),
            ("delete from api_keys where id = $1", ids[5]),
        ] {
            sqlx::query(change).bind(key).execute(&mut *transaction).await?;
        }
        let text: Vec<u8> = sqlx::query_scalar("select digest from api_keys where id = $1")
            .bind(ids[6])
            .fetch_one(&mut *transaction)
            .await?;
        for (id, digest) in [(ids[6], vec![7; 32]), (ids[7], text)] {
            sqlx::query("update api_keys set digest = $2 where id = $1")
                .bind(id)
                .bind(digest)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        let expected = [
            "disabled", "unknown", "accepted", "disabled", "disabled", "unknown", "accepted",
            "unknown",
        ];
        for ((_, credentials), expected) in keys.iter().zip(expected) {
            eventually(|| said(&world, credentials, "one") == expected).await;
        }
        assert_eq!(world.backend.directory.len(), 6);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn raw_sql_counts_renamed_and_deleted_rows_too(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (_, credentials) = world.key(&admin, "Export").await?;
        world.follow().await;
        let mut connection = world.owner.connect().await?;
        sqlx::query("update organizations set slug = 'renamed'").execute(&mut connection).await?;
        eventually(|| said(&world, &credentials, "renamed") == "accepted").await;
        assert_eq!(said(&world, &credentials, "one"), "wrong_tenant");
        sqlx::query("truncate form_tokens").execute(&mut connection).await?;
        sqlx::query("delete from api_keys").execute(&mut connection).await?;
        eventually(|| said(&world, &credentials, "renamed") == "unknown").await;
        let truncated = sqlx::query("truncate api_keys cascade").execute(&mut connection).await;
        assert!(truncated.is_err(), "nodes would not be told");
        Ok(())
    }
}
