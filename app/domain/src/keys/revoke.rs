//! Revoking a key: final.

use serde_json::json;

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Refuses the key for good. Revoking it again changes nothing.
pub async fn revoke(backend: &Backend, admin: &Admin, id: KeyId) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let before = sqlx::query_scalar!("select status from api_keys where id = $1 for update", id.0)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    if before == "REVOKED" {
        return Ok(());
    }
    sqlx::query!(
        "update api_keys set status = 'REVOKED', revoked_at = $2 where id = $1",
        id.0,
        backend.clock.now(),
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({ "before": before });
    audit::record(&mut transaction, admin, Action::KeyRevoked, id.0, details).await?;
    transaction.commit().await?;
    Ok(())
}
