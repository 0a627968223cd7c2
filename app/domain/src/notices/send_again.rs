//! Sending a delivery once more, after somebody has mended the receiver.

use serde_json::json;

use super::TRIED_FOR;
use crate::audit::{self, Action};
use crate::ids::{DeliveryId, WebhookId};
use crate::members::Admin;
use crate::webhooks::address::host_of;
use crate::{Backend, Error, Result, database};

/// Has it sent again, under the same id, and tried as long as the first time. One that waits already
/// stays as it is.
pub async fn send_again(
    backend: &Backend,
    admin: &Admin,
    webhook: WebhookId,
    delivery: DeliveryId,
) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let row = sqlx::query!(
        "select webhooks.status as webhook, url, notice_deliveries.status as delivery
         from notice_deliveries join webhooks on webhooks.id = webhook_id
         where notice_deliveries.id = $1 and webhook_id = $2 for update of notice_deliveries",
        delivery.0,
        webhook.0,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if row.webhook != "ACTIVE" {
        return Err(Error::Conflict(
            "This webhook is switched off: enable it before you send something again.",
        ));
    }
    if row.delivery == "WAITING" {
        return Ok(());
    }
    let now = backend.clock.now();
    sqlx::query!(
        "update notice_deliveries
         set status = 'WAITING', attempts = 0, next_at = $2, give_up_at = $3, failed_at = null,
             settled_at = null, answer = null, problem = null
         where id = $1",
        delivery.0,
        now,
        now + TRIED_FOR,
    )
    .execute(&mut *transaction)
    .await?;
    let host = host_of(&row.url);
    let details = json!({ "host": host, "delivery_id": delivery, "before": row.delivery });
    audit::record(&mut transaction, admin, Action::NoticeSentAgain, webhook.0, details).await?;
    transaction.commit().await?;
    Ok(())
}
