//! Ending a scream test before its time.

use serde_json::json;
use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

use crate::audit::{self, Action, Actor};
use crate::ids::KeyId;
use crate::keys::permit::permit;
use crate::members::Author;
use crate::{Backend, Error, Result, database};

/// Refuses the key no longer for the test's sake. One that is disabled or revoked stays so.
pub async fn end(backend: &Backend, author: &Author, id: KeyId) -> Result<()> {
    // As the database keeps it, which gives it back.
    let now = backend.clock.now().truncate_to_microsecond();
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, id).await?;
    let before = sqlx::query!(
        "select status, scream_open from api_keys where id = $1 and draining_of is null for update",
        id.0
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if !before.scream_open {
        return Ok(());
    }
    let ended = sqlx::query_scalar!(
        "update api_keys set scream_until = greatest(scream_from, least(scream_until, $2)), scream_open = false
         where (id = $1 or draining_of = $1) and scream_until is not null
         returning scream_until",
        id.0,
        now,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let ended_at = ended.into_iter().flatten().max().unwrap_or(now);
    let by_itself = ended_at < now;
    record_end(&mut transaction, author, id, &before.status, ended_at, by_itself).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

/// Writes the end into the log, with the status that the key has had all along.
pub(super) async fn record_end(
    transaction: &mut Transaction<'static, Postgres>,
    actor: &impl Actor,
    id: KeyId,
    status: &str,
    ended_at: OffsetDateTime,
    by_itself: bool,
) -> Result<()> {
    let details = json!({
        "ended_at": audit::time_text(ended_at),
        "by_itself": by_itself,
        "status": status,
    });
    audit::record(transaction, actor, Action::KeyScreamEnded, id.0, details).await
}
