//! A new secret for a webhook.

use serde_json::json;

use super::OLD_SECRET_SIGNS;
use super::address::host_of;
use super::secret::SigningSecret;
use crate::audit::{self, Action};
use crate::ids::WebhookId;
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Makes a new secret; the old one signs beside it for a day. `seen` is the version that the form
/// was about: sent again, or after somebody else's, it changes nothing.
pub async fn rotate_secret(
    backend: &Backend,
    admin: &Admin,
    id: WebhookId,
    seen: i32,
) -> Result<SigningSecret> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let webhook = sqlx::query!(
        "select secret_version, url from webhooks where id = $1 for no key update",
        id.0
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if webhook.secret_version != seen {
        return Err(Error::Conflict(
            "This webhook has another secret since then, which was shown when it was made. Look at the webhook again before you make one more.",
        ));
    }
    let secret = SigningSecret::mint()?;
    let until = backend.clock.now() + OLD_SECRET_SIGNS;
    sqlx::query!(
        "update webhooks set old_secret = secret, old_secret_until = $3, secret = $2,
                secret_version = secret_version + 1
         where id = $1",
        id.0,
        secret.sealed(&backend.pepper, id)?,
        until,
    )
    .execute(&mut *transaction)
    .await?;
    let host = host_of(&webhook.url);
    let details = json!({ "host": host, "old_secret_signs_until": audit::time_text(until) });
    audit::record(&mut transaction, admin, Action::WebhookSecretRotated, id.0, details).await?;
    transaction.commit().await?;
    Ok(secret)
}
