//! A webhook's secret on the one page that shows it.

use domain::ids::WebhookId;
use domain::webhooks::secret::SigningSecret;
use leptos::prelude::*;

use crate::pages::Content;
use crate::routes;
use crate::ui::{Banner, ButtonKind, Card, FormActions, LinkButton, PageHeader, SecretField, Tone};

/// In the context of the answer to the form that made it.
#[derive(Clone, Debug)]
pub enum ShownSecret {
    New(WebhookId, SigningSecret),
    Rotated(WebhookId, SigningSecret),
    /// The form was sent before.
    Before,
}

pub fn secret_page(slug: &str, shown: ShownSecret) -> Content {
    match shown {
        ShownSecret::New(id, secret) => show(slug, id, &secret, "Webhook added", None),
        ShownSecret::Rotated(id, secret) => {
            let note = "For 24 hours, deliveries carry a signature by the old secret, too.";
            show(slug, id, &secret, "New secret", Some(note))
        }
        ShownSecret::Before => before(slug),
    }
}

fn show(
    slug: &str,
    id: WebhookId,
    secret: &SigningSecret,
    title: &'static str,
    note: Option<&'static str>,
) -> Content {
    let (done, value) = (routes::webhook(slug, id), secret.expose());
    let body = view! {
        <PageHeader title=title back=(routes::notices(slug), "Notices".to_owned()) />
        <Banner tone=Tone::Warning title="The secret is shown only this once">
            "Your program needs it to check that deliveries come from here."
        </Banner>
        <Card>
            <SecretField
                label="Signing secret"
                value=value
                hint="Deliveries are signed as Standard Webhooks says: webhook-id, webhook-timestamp and webhook-signature (v1, HMAC-SHA256)."
                test_id="webhook-secret"
                copy_label="Copy secret"
            />
            {note.map(|note| view! { <p>{note}</p> })}
        </Card>
        <FormActions>
            <LinkButton href=done kind=ButtonKind::Primary>
                "Done"
            </LinkButton>
        </FormActions>
    };
    Content::new(title, body).fleeting()
}

fn before(slug: &str) -> Content {
    let (title, done) = ("This webhook was already added", routes::notices(slug));
    let body = view! {
        <PageHeader title=title back=(routes::notices(slug), "Notices".to_owned()) />
        <Banner tone=Tone::Info title="Nothing happened this time">
            "The form was sent twice, or the page was reloaded. The first answer had the secret, which cannot be shown again."
        </Banner>
        <p>"If you did not get to copy it, make a new secret on the webhook’s page."</p>
        <FormActions>
            <LinkButton href=done kind=ButtonKind::Primary>
                "Go to the notices"
            </LinkButton>
        </FormActions>
    };
    Content::new(title, body)
}
