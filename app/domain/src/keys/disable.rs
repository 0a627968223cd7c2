//! Disabling a key, and enabling it again: the reversible neighbour of revoking.

use serde_json::json;

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::permit::permit;
use crate::members::Author;
use crate::{Backend, Error, Result, database};

/// Refuses the key until it is enabled.
pub async fn disable(backend: &Backend, author: &Author, id: KeyId) -> Result<()> {
    change(backend, author, id, "DISABLED", Action::KeyDisabled).await
}

/// Accepts the key again.
pub async fn enable(backend: &Backend, author: &Author, id: KeyId) -> Result<()> {
    change(backend, author, id, "ACTIVE", Action::KeyEnabled).await
}

async fn change(
    backend: &Backend,
    author: &Author,
    id: KeyId,
    after: &str,
    action: Action,
) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, id).await?;
    let before = sqlx::query_scalar!(
        "select status from api_keys where id = $1 and draining_of is null for update",
        id.0
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if before == "REVOKED" {
        return Err(Error::Conflict("A revoked key stays revoked: create a new one."));
    }
    if before == after {
        return Ok(());
    }
    // What happens to a key happens to its former texts.
    sqlx::query!(
        "update api_keys set status = $2 where (id = $1 or draining_of = $1) and status <> 'REVOKED'",
        id.0,
        after,
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({ "before": before, "after": after });
    audit::record(&mut transaction, author, action, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}
