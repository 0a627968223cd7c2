//! A new webhook.

use serde_json::json;
use uuid::Uuid;

use super::MOST;
use super::address::{Address, Reach};
use super::secret::SigningSecret;
use crate::audit::{self, Action};
use crate::error::FieldErrors;
use crate::ids::WebhookId;
use crate::members::Admin;
use crate::notices::Event;
use crate::{Backend, Error, Result, Rule, database};

/// What the form's fields hold, as sent: a box for each event.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct WebhookForm {
    pub url: String,
    pub expiring: Option<String>,
    pub expired: Option<String>,
    pub revoked: Option<String>,
    pub regenerated: Option<String>,
    pub form_token: String,
}

impl WebhookForm {
    /// Whether the event's box is ticked.
    pub fn wants(&self, event: Event) -> bool {
        match event {
            Event::KeyExpiring => self.expiring.is_some(),
            Event::KeyExpired => self.expired.is_some(),
            Event::KeyRevoked => self.revoked.is_some(),
            Event::KeyRegenerated => self.regenerated.is_some(),
        }
    }
}

/// A webhook that has been asked for and breaks no rule.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    address: Address,
    events: Vec<Event>,
    /// Random, made with the form: sending it twice adds one.
    form_token: Uuid,
}

impl NewWebhook {
    pub fn parse(form: &WebhookForm, reach: &Reach) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let address = errors.check("url", Address::parse(&form.url, reach));
        let events: Vec<_> = Event::ALL.into_iter().filter(|event| form.wants(*event)).collect();
        let events =
            errors.check("expiring", (!events.is_empty()).then_some(events).ok_or(Rule::NoEvent));
        let token =
            errors.check("form_token", form.form_token.parse().map_err(|_| Rule::NotAChoice));
        match (address, events, token) {
            (Some(address), Some(events), Some(form_token)) => {
                Ok(Self { address, events, form_token })
            }
            _ => Err(errors.into_error()),
        }
    }
}

/// The outcome of a form that adds a webhook.
#[derive(Clone, Debug)]
pub enum Added {
    Now(WebhookId, SigningSecret),
    /// The form was sent before.
    Before,
}

/// Adds the webhook, ACTIVE. Its secret is known only now.
pub async fn add(backend: &Backend, admin: &Admin, new: &NewWebhook) -> Result<Added> {
    let organization = admin.organization().id;
    let mut transaction = database::tenant::begin(&backend.pools.app, organization).await?;
    let (id, secret, now) = (WebhookId::generate(), SigningSecret::mint()?, backend.clock.now());
    let events: Vec<_> = new.events.iter().map(|event| event.as_str().to_owned()).collect();
    let inserted = sqlx::query!(
        "insert into webhooks (id, organization_id, url, events, secret, form_token, created_by, created_at, enabled_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $8
         where (select count(*) from webhooks) < $9
         on conflict on constraint webhooks_form_token_key do nothing",
        id.0,
        organization.0,
        new.address.as_str(),
        &events,
        secret.sealed(&backend.pepper, id)?,
        new.form_token,
        admin.user_id().0,
        now,
        MOST,
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        let before = sqlx::query_scalar!(
            r#"select exists (select from webhooks where form_token = $1) as "is!""#,
            new.form_token
        )
        .fetch_one(&mut *transaction)
        .await?;
        return if before {
            Ok(Added::Before)
        } else {
            Err(Error::Conflict(
                "There are ten webhooks already: remove one before you add another.",
            ))
        };
    }
    let details = json!({ "host": new.address.host(), "events": events });
    audit::record(&mut transaction, admin, Action::WebhookAdded, id.0, details).await?;
    transaction.commit().await?;
    Ok(Added::Now(id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, webhook_form};
    use crate::webhooks::get::list;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn a_form_adds_one_and_ten_are_enough(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let other = world.admin("two", "delphos").await?;
        let new =
            NewWebhook::parse(&webhook_form("https://hooks.example/a?token=1"), &Reach::default())?;
        assert!(matches!(add(backend, &admin, &new).await?, Added::Now(..)));
        assert!(matches!(add(backend, &admin, &new).await?, Added::Before));
        let found = list(backend, &admin).await?;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].shown_url, "https://hooks.example/a?…");
        assert_eq!(found[0].events, Event::ALL);
        assert_eq!(list(backend, &other).await?, []);
        assert_eq!(world.actions(&admin).await?, ["webhook.added"]);
        for _ in 1..MOST {
            let new =
                NewWebhook::parse(&webhook_form("https://hooks.example/"), &Reach::default())?;
            add(backend, &admin, &new).await?;
        }
        let new = NewWebhook::parse(&webhook_form("https://hooks.example/"), &Reach::default())?;
        assert!(matches!(add(backend, &admin, &new).await, Err(Error::Conflict(_))));
        Ok(())
    }

    #[test]
    fn every_broken_field_is_named() {
        let form = WebhookForm { url: "http://a.example".to_owned(), ..WebhookForm::default() };
        let refused = NewWebhook::parse(&form, &Reach::default());
        let Err(Error::Invalid(errors)) = refused else { panic!("taken") };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["url", "expiring", "form_token"]);
    }
}
