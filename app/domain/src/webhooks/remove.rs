//! Removing a webhook, with its deliveries.

use serde_json::json;

use crate::audit::{self, Action};
use crate::ids::WebhookId;
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Takes the webhook away; what waits is not sent any more.
pub async fn remove(backend: &Backend, admin: &Admin, id: WebhookId) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let removed = sqlx::query!("delete from webhooks where id = $1 returning events", id.0)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    let details = json!({ "events": removed.events });
    audit::record(&mut transaction, admin, Action::WebhookRemoved, id.0, details).await?;
    transaction.commit().await?;
    Ok(())
}
