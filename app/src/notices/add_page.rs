//! The form for a new webhook.

use domain::notices::Event;
use domain::webhooks::add::WebhookForm;
use leptos::prelude::*;

use super::explain;
use super::secret::{ShownSecret, secret_page};
use crate::pages::{Content, Messages, Section, organization_page, rejected};
use crate::ui::{Checkbox, ErrorSummary, FormEnd, PageHeader, SubmitOnce, TextField};
use crate::{form, routes};

#[component]
pub fn AddPage() -> impl IntoView {
    let (form, messages) = rejected::<WebhookForm>();
    let shown = use_context::<ShownSecret>();
    organization_page(Section::Settings, move |_, member| async move {
        let admin = member.admin()?;
        let slug = admin.organization().slug.clone();
        match shown {
            Some(shown) => Ok(secret_page(&slug, shown)),
            None => Ok(Content::new("Add webhook", body(&slug, &form, &messages))),
        }
    })
}

fn body(slug: &str, form: &WebhookForm, messages: &Messages) -> impl IntoView + use<> {
    let token = form::token(&form.form_token);
    // All are ticked at first, and afterwards as the visitor left them.
    let fresh = messages.is_empty();
    let events = Event::ALL.map(|event| {
        let name = field(event);
        view! {
            <Checkbox
                label=event.as_str()
                name=name
                checked=fresh || form.wants(event)
                hint=explain(event)
                error=messages.of(name)
            />
        }
    });
    let cancel = routes::notices(slug);
    view! {
        <PageHeader title="Add webhook" back=(routes::notices(slug), "Notices".to_owned()) />
        <ErrorSummary messages=messages.all() />
        <form method="post" action=routes::new_webhook(slug) class="form stack">
            <SubmitOnce />
            <input type="hidden" name="form_token" value=token />
            <TextField
                label="Address"
                name="url"
                value=form.url.clone()
                hint="Where a program of yours takes a POST, such as https://hooks.example.com/keys."
                error=messages.of("url")
                autocomplete="off"
                required=true
            />
            <fieldset class="field">
                <legend class="field__label">"Events"</legend>
                <div class="field__options">{events.collect_view()}</div>
            </fieldset>
            <FormEnd submit="Add webhook" back=cancel />
        </form>
    }
}

/// The box of the event in the form.
fn field(event: Event) -> &'static str {
    match event {
        Event::KeyExpiring => "expiring",
        Event::KeyExpired => "expired",
        Event::KeyRevoked => "revoked",
        Event::KeyRegenerated => "regenerated",
    }
}
