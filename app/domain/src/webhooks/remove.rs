//! Removing a webhook, with its deliveries.

use serde_json::json;

use super::address::host_of;
use crate::audit::{self, Action};
use crate::ids::WebhookId;
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Takes the webhook away; what waits is not sent any more.
pub async fn remove(backend: &Backend, admin: &Admin, id: WebhookId) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let removed = sqlx::query!("delete from webhooks where id = $1 returning url, events", id.0)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    let details = json!({ "host": host_of(&removed.url), "events": removed.events });
    audit::record(&mut transaction, admin, Action::WebhookRemoved, id.0, details).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::list::{Filter, list};
    use crate::testing::{World, webhook_form};
    use crate::webhooks::add::{Added, NewWebhook, add};
    use crate::webhooks::address::Reach;
    use crate::webhooks::rotate_secret::rotate_secret;
    use crate::webhooks::send_test::send_test;
    use crate::webhooks::switch::{disable, enable};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn the_audit_log_names_it_by_its_host_when_it_is_gone_too(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let form = webhook_form("https://hooks.example/a-path?token=s3cret");
        let Added::Now(id, _) =
            add(backend, &admin, &NewWebhook::parse(&form, &Reach::default())?).await?
        else {
            panic!("it is new")
        };
        send_test(backend, &admin, id).await?;
        rotate_secret(backend, &admin, id, 1).await?;
        disable(backend, &admin, id).await?;
        enable(backend, &admin, id).await?;
        remove(backend, &admin, id).await?;
        let filter = Filter { target: "Hooks.Ex".to_owned(), ..Filter::default() };
        let events = list(backend, &admin, &filter).await?.events;
        assert_eq!(events.len(), 6);
        for event in &events {
            assert_eq!(event.target_name.as_deref(), Some("hooks.example"), "{}", event.action);
            let details = event.details.to_string();
            assert!(!details.contains("s3cret") && !details.contains("a-path"), "{details}");
        }
        Ok(())
    }
}
