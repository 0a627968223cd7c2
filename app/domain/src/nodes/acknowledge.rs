//! A node says that it runs, and how far it has read.

use sqlx::PgConnection;

use super::{FORGOTTEN_AFTER, NAME_MAX, SILENT_AFTER};
use crate::{Backend, Result};

/// Writes down that this node judges keys as they are in the snapshot. Times are the database's:
/// nodes' clocks may differ.
pub(crate) async fn acknowledge(
    backend: &Backend,
    connection: &mut PgConnection,
    snapshot: &str,
) -> Result<()> {
    let keys = i64::try_from(backend.directory.len()).unwrap_or(i64::MAX);
    let known = sqlx::query!(
        "update nodes set heartbeat_at = now(), applied = $2::text::pg_snapshot, keys = $3 where id = $1",
        backend.node_id,
        snapshot,
        keys,
    )
    .execute(&mut *connection)
    .await?;
    if known.rows_affected() == 0 {
        register(backend, connection, snapshot, keys).await?;
    }
    Ok(())
}

/// This node takes the place of one of the same name that is gone: it was started again.
async fn register(
    backend: &Backend,
    connection: &mut PgConnection,
    snapshot: &str,
    keys: i64,
) -> Result<()> {
    let name: String = backend.node_name.chars().take(NAME_MAX).collect();
    sqlx::query!(
        "delete from nodes
         where heartbeat_at < now() - make_interval(secs => $3)
            or (name = $1 and heartbeat_at < now() - make_interval(secs => $2))",
        name,
        SILENT_AFTER.as_seconds_f64(),
        FORGOTTEN_AFTER.as_seconds_f64(),
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into nodes (id, name, applied, keys, dashboard_url)
         values ($1, $2, $3::text::pg_snapshot, $4, $5)",
        backend.node_id,
        name,
        snapshot,
        keys,
        backend.dashboard_url,
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// This node stops, in order: nobody has to wait for it or wonder.
pub async fn leave(backend: &Backend) -> Result<()> {
    sqlx::query!("delete from nodes where id = $1", backend.node_id)
        .execute(&backend.pools.validator)
        .await?;
    Ok(())
}
