//! The form that changes a key.

use domain::Error;
use domain::keys::create::{EXPIRY_CHOICES, KeyForm};
use domain::keys::edit_form::{EditForm, KEEP, version};
use domain::keys::terms::SCOPE_BOX;
use domain::keys::{Key, KeyStatus};
use domain::organizations::KeyPolicy;
use domain::organizations::get_settings::policy_of;
use domain::profiles::Profile;
use leptos::prelude::*;
use time::OffsetDateTime;
use time::macros::format_description;

use super::asked_key::asked_key;
use super::key_rows::access_text;
use super::terms_fields;
use crate::organizations::StaleNote;
use crate::pages::{Content, Messages, Section, organization_page, rejected};
use crate::ui::{Choice, ErrorSummary, FormEnd, PageHeader, Select, SubmitOnce, TextField};
use crate::{routes, when};

#[component]
pub fn EditPage() -> impl IntoView {
    let (form, messages) = rejected::<EditForm>();
    organization_page(Section::Keys, move |request, member| async move {
        let (author, key) = asked_key(&request, &member).await?;
        if key.status == KeyStatus::Revoked {
            return Err(Error::Conflict("A revoked key stays as it is: create a new one."));
        }
        let profile = request.backend().profiles.of(author.organization())?;
        let policy = policy_of(request.backend(), &author).await?;
        let form = if messages.is_empty() { filled(&key) } else { form.fields };
        let slug = &author.organization().slug;
        let title = format!("Edit {}", key.name);
        let body = view! {
            <PageHeader
                title=title.clone()
                subtitle=key.hint.clone()
                back=(routes::key(slug, key.id), key.name.clone())
            />
            <ErrorSummary messages=messages.all() />
            <StaleNote note=theirs(&messages, &key) />
            {fields(slug, &key, profile, policy, form, &messages)}
        };
        Ok(Content::new(title, body))
    })
}

/// The form as the key is.
fn filled(key: &Key) -> KeyForm {
    let tick = |scope: &String| (format!("{SCOPE_BOX}{scope}"), "true".to_owned());
    KeyForm {
        name: key.name.clone(),
        access: key.access.as_str().to_owned(),
        expires_in_days: KEEP.to_owned(),
        networks: key.networks.join("\n"),
        rate_limit: key.rate_limit.map(|limit| limit.to_string()).unwrap_or_default(),
        not_before: key.not_before.map(local).unwrap_or_default(),
        boxes: key.listed.iter().map(tick).collect(),
        ..KeyForm::default()
    }
}

/// As `datetime-local` has it, in UTC, with seconds only where they say something.
fn local(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let minutes = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let seconds = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let text = if at.second() == 0 { at.format(minutes) } else { at.format(seconds) };
    // The formats name parts that every time has.
    text.unwrap_or_default()
}

/// What somebody else has made of the key, beside what was typed here.
fn theirs(messages: &Messages, key: &Key) -> Option<Vec<(&'static str, String)>> {
    messages.of("seen")?;
    let or = |text: Option<String>, none: &str| text.unwrap_or_else(|| none.to_owned());
    let some = |text: String| (!text.is_empty()).then_some(text);
    let limit = key.rate_limit.map(|limit| limit.to_string());
    Some(vec![
        ("Name", key.name.clone()),
        ("Access", access_text(key.access).to_owned()),
        ("Scopes", or(some(key.listed.join(", ")), "–")),
        ("Expires", or(key.expires_at.map(when::minute), "Never")),
        ("Not before", or(key.not_before.map(when::minute), "–")),
        ("Allowed networks", or(some(key.networks.join(", ")), "Anywhere")),
        ("Requests a minute", or(limit, "Any number")),
    ])
}

fn fields(
    slug: &str,
    key: &Key,
    profile: &Profile,
    policy: KeyPolicy,
    form: KeyForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let access = terms_fields::access(profile, &form, messages);
    let limits = terms_fields::limits(&form, policy, messages);
    let cancel = routes::key(slug, key.id);
    // Whoever saves again after seeing what is saved now, means it.
    let seen = version(key);
    view! {
        <form method="post" action=routes::key_action(slug, key.id, "edit") class="form stack">
            <SubmitOnce />
            <input type="hidden" name="seen" value=seen />
            <TextField
                label="Name"
                name="name"
                value=form.name
                error=messages.of("name")
                autocomplete="off"
                required=true
            />
            {access}
            <Select
                label="Expires"
                name="expires_in_days"
                choices=expiry_choices(key.expires_at)
                value=form.expires_in_days
                hint="Counted from now."
                error=messages.of("expires_in_days")
            />
            {limits}
            <FormEnd submit="Save" back=cancel />
        </form>
    }
}

fn expiry_choices(now: Option<OffsetDateTime>) -> Vec<Choice> {
    let keep =
        now.map_or("Never, as it is".to_owned(), |at| format!("{}, as it is", when::minute(at)));
    let others = EXPIRY_CHOICES.into_iter().filter(|days| now.is_some() || !days.is_empty());
    let others = others.map(|days| Choice::new(days, terms_fields::expiry_label(days)));
    std::iter::once(Choice::new(KEEP, keep)).chain(others).collect()
}
