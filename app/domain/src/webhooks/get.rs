//! An organization's webhooks, as pages show them.

use super::address::{Address, Reach};
use super::{Webhook, WebhookStatus};
use crate::ids::WebhookId;
use crate::members::Admin;
use crate::notices::Event;
use crate::{Backend, Error, Result, database};

/// All of them, the oldest first.
pub async fn list(backend: &Backend, admin: &Admin) -> Result<Vec<Webhook>> {
    select(backend, admin, None).await
}

/// One of them.
pub async fn get(backend: &Backend, admin: &Admin, id: WebhookId) -> Result<Webhook> {
    select(backend, admin, Some(id)).await?.pop().ok_or(Error::NotFound)
}

async fn select(backend: &Backend, admin: &Admin, id: Option<WebhookId>) -> Result<Vec<Webhook>> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let rows = sqlx::query!(
        r#"select id, url, events, status, secret_version, created_at,
                  case when old_secret_until > $2 then old_secret_until end as old_secret_until,
                  (select max(settled_at) from notice_deliveries
                   where webhook_id = webhooks.id and status = 'DELIVERED') as delivered_at,
                  (select count(*) from notice_deliveries
                   where webhook_id = webhooks.id and status = 'WAITING') as "waiting!"
           from webhooks where $1::uuid is null or id = $1 order by created_at, id"#,
        id.map(|id| id.0),
        backend.clock.now(),
    )
    .fetch_all(&mut *transaction)
    .await?;
    let webhooks = rows.into_iter().map(|row| {
        Ok(Webhook {
            id: WebhookId(row.id),
            shown_url: shown(&row.url),
            events: row.events.iter().filter_map(|name| Event::named(name)).collect(),
            status: WebhookStatus::named(&row.status).ok_or(Error::NotFound)?,
            secret_version: row.secret_version,
            old_secret_until: row.old_secret_until,
            created_at: row.created_at,
            delivered_at: row.delivered_at,
            waiting: row.waiting,
        })
    });
    webhooks.collect()
}

/// Also of one that the configuration does not let us reach any more.
fn shown(url: &str) -> String {
    match Address::parse(url, &Reach::default()) {
        Ok(address) => address.shown(),
        Err(_) => url.split('?').next().unwrap_or_default().to_owned(),
    }
}
