//! Switching a webhook off, and on again.

use serde_json::json;

use super::WebhookStatus;
use super::address::host_of;
use crate::audit::{self, Action};
use crate::ids::WebhookId;
use crate::members::Admin;
use crate::notices::Problem;
use crate::{Backend, Error, Result, database};

/// Tells it nothing from now on; what waits is given up.
pub async fn disable(backend: &Backend, admin: &Admin, id: WebhookId) -> Result<()> {
    switch(backend, admin, id, WebhookStatus::Disabled).await
}

/// Tells it what happens from now on. What was given up can be sent again.
pub async fn enable(backend: &Backend, admin: &Admin, id: WebhookId) -> Result<()> {
    switch(backend, admin, id, WebhookStatus::Active).await
}

async fn switch(
    backend: &Backend,
    admin: &Admin,
    id: WebhookId,
    wanted: WebhookStatus,
) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let before =
        sqlx::query!("select status, url from webhooks where id = $1 for no key update", id.0)
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or(Error::NotFound)?;
    if before.status == wanted.as_str() {
        return Ok(());
    }
    let now = backend.clock.now();
    sqlx::query!(
        "update webhooks set status = $2, enabled_at = case when $2 = 'ACTIVE' then $3 else enabled_at end
         where id = $1",
        id.0,
        wanted.as_str(),
        now,
    )
    .execute(&mut *transaction)
    .await?;
    let action = match wanted {
        WebhookStatus::Active => Action::WebhookEnabled,
        WebhookStatus::Disabled | WebhookStatus::Failed => {
            sqlx::query!(
                "update notice_deliveries set status = 'FAILED', problem = $2, settled_at = $3
                 where webhook_id = $1 and status = 'WAITING'",
                id.0,
                Problem::SwitchedOff.as_str(),
                now,
            )
            .execute(&mut *transaction)
            .await?;
            Action::WebhookDisabled
        }
    };
    let host = host_of(&before.url);
    let details = json!({ "host": host, "before": before.status, "after": wanted.as_str() });
    audit::record(&mut transaction, admin, action, id.0, details).await?;
    transaction.commit().await?;
    Ok(())
}
