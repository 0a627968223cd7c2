//! A new text for a key: the old one stops at once, all else stays.

use serde_json::json;
use uuid::Uuid;

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::create::take_token;
use crate::keys::mint::{Credentials, Minted};
use crate::keys::{Environment, KeyStatus};
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Mints a new text (and secret) for the key. A form sent twice regenerates once.
pub async fn regenerate(
    backend: &Backend,
    admin: &Admin,
    id: KeyId,
    form_token: Uuid,
) -> Result<Minted> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let before = sqlx::query!(
        "select status, environment, last_four from api_keys where id = $1 for update",
        id.0
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if !take_token(&mut transaction, admin, form_token, id).await? {
        transaction.rollback().await?;
        return Ok(Minted::Before(id));
    }
    if KeyStatus::named(&before.status) == Some(KeyStatus::Revoked) {
        return Err(Error::Conflict("A revoked key cannot be regenerated: create a new one."));
    }
    let environment = Environment::named(&before.environment).ok_or(Error::NotFound)?;
    let credentials = Credentials::mint(backend.profiles.of(admin.organization())?, environment)?;
    let kept = credentials.kept(&backend.pepper);
    sqlx::query!(
        "update api_keys set last_four = $2, digest = $3, pepper_version = $4,
                secret_digest = $5, issued_at = $6
         where id = $1",
        id.0,
        kept.last_four,
        kept.digest,
        kept.pepper_version,
        kept.secret_digest,
        backend.clock.now(),
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({ "last_four": { "before": before.last_four, "after": kept.last_four } });
    audit::record(&mut transaction, admin, Action::KeyRegenerated, id.0, details).await?;
    transaction.commit().await?;
    Ok(Minted::Now(id, credentials))
}
