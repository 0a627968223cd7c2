//! Beginning a scream test.

use serde_json::json;

use super::Length;
use super::end::record_end;
use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::permit::permit;
use crate::members::Author;
use crate::{Backend, Error, Result, database};

/// Refuses the key and its former texts for so long.
pub async fn begin(backend: &Backend, author: &Author, id: KeyId, length: Length) -> Result<()> {
    let now = backend.clock.now();
    let until: time::OffsetDateTime = now + length.duration();
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, id).await?;
    let before = sqlx::query!(
        "select status, scream_open, scream_until from api_keys
         where id = $1 and draining_of is null for update",
        id.0
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    match before.status.as_str() {
        "ACTIVE" => {}
        "DISABLED" => return Err(Error::Conflict("The key is disabled already.")),
        _ => return Err(Error::Conflict("A revoked key stays revoked: create a new one.")),
    }
    if before.scream_until.is_some_and(|until| until > now) {
        return Err(Error::Conflict("A test of this key is under way."));
    }
    sqlx::query!(
        "update api_keys set scream_from = $2, scream_until = $3, scream_by = $4, scream_open = (id = $1)
         where (id = $1 or draining_of = $1) and status <> 'REVOKED'",
        id.0,
        now,
        until,
        author.user_id().0,
    )
    .execute(&mut *transaction)
    .await?;
    if let Some(ended_at) = before.scream_until.filter(|_| before.scream_open) {
        // Nobody has come to note it yet.
        record_end(&mut transaction, author, id, &before.status, ended_at, true).await?;
    }
    let details = json!({ "until": audit::time_text(until), "minutes": length.minutes() });
    audit::record(&mut transaction, author, Action::KeyScreamBegun, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}
