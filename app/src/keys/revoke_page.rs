//! The question before a key is refused for good.

use domain::Error;
use domain::keys::revocation::Because;
use domain::keys::revoke::RevokeForm;
use domain::keys::{Key, KeyStatus};
use domain::text::NOTE_MAX;
use domain::usage::totals::KeyTotals;
use leptos::prelude::*;

use super::asked_key::asked_key;
use super::what_breaks::what_breaks;
use crate::pages::{Content, Messages, Section, organization_page, rejected};
use crate::routes;
use crate::ui::{
    Banner, Choice, DangerEnd, ErrorSummary, IconName, PageHeader, RadioGroup, SubmitOnce,
    TextField, Tone,
};

#[component]
pub fn RevokePage() -> impl IntoView {
    let (form, messages) = rejected::<RevokeForm>();
    organization_page(Section::Keys, move |request, member| async move {
        let (author, key) = asked_key(&request, &member).await?;
        if key.status == KeyStatus::Revoked {
            return Err(Error::Conflict("The key is revoked already."));
        }
        let then = if key.is_login {
            "No program can log in as this person again: it needs a key. To stop logins for a while, disable them instead."
        } else {
            "The key is refused at once and for good. To stop it for a while, disable it instead."
        };
        let (totals, breaks) = what_breaks(&request, &author, &key).await?;
        let slug = &author.organization().slug;
        let title = format!("Revoke {}", key.name);
        let body = view! {
            <PageHeader
                title=title.clone()
                subtitle=key.hint.clone()
                back=(routes::key(slug, key.id), key.name.clone())
            />
            <ErrorSummary messages=messages.all() />
            <Banner tone=Tone::Danger title="This cannot be undone">
                {then}
            </Banner>
            {breaks}
            {question(slug, &key, totals, form, &messages)}
        };
        Ok(Content::new(title, body))
    })
}

fn reasons() -> Vec<Choice> {
    let choice = |because: Because| {
        let label = match because {
            Because::Leaked => "It may have leaked",
            Because::Rotated => "Another key has taken its place",
            Because::Unused => "It is no longer used",
            Because::Other => "Something else",
        };
        Choice::new(because.as_str(), label)
    };
    Because::ALL.map(choice).to_vec()
}

fn question(
    slug: &str,
    key: &Key,
    totals: KeyTotals,
    form: RevokeForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let typed = (totals.requests_7d > 0).then(|| {
        view! {
            <TextField
                label=format!("Type {} to confirm", key.name)
                name="confirmation"
                value=form.confirmation
                hint="The key was used in the last 7 days."
                error=messages.of("confirmation")
                autocomplete="off"
                required=true
            />
        }
    });
    // One click where nothing depends on the key.
    let because = match form.because.as_str() {
        "" if totals.requests_7d == 0 => Because::Unused.as_str().to_owned(),
        "" => Because::Other.as_str().to_owned(),
        _ => form.because,
    };
    let keep = routes::key(slug, key.id);
    view! {
        <form method="post" action=routes::key_action(slug, key.id, "revoke") class="form stack">
            <SubmitOnce />
            <RadioGroup
                legend="Why"
                name="because"
                choices=reasons()
                value=because
                error=messages.of("because")
            />
            <TextField
                label="More about it (optional)"
                name="note"
                value=form.note
                hint="Shown with the key and in the audit log."
                error=messages.of("note")
                autocomplete="off"
                maxlength=u32::try_from(NOTE_MAX).unwrap_or(u32::MAX)
            />
            {typed}
            <DangerEnd submit="Revoke key" icon=IconName::Ban back=keep leave="Keep the key" />
        </form>
    }
}
