//! The part of the form for a new key that says what it is bound to.

use domain::keys::Access;
use domain::keys::create::KeyForm;
use domain::keys::terms::SCOPE_BOX;
use domain::organizations::KeyPolicy;
use domain::profiles::Profile;
use leptos::prelude::*;

use super::key_rows::access_text;
use crate::pages::Messages;
use crate::ui::{Checkbox, Choice, RadioGroup, TextArea, TextField};

/// What the key may do.
pub fn access(profile: &Profile, form: &KeyForm, messages: &Messages) -> impl IntoView + use<> {
    let boxes = profile.scopes().map(|scope| {
        let name = format!("{SCOPE_BOX}{scope}");
        let checked = form.boxes.contains_key(&name);
        view! { <Checkbox label=scope name checked /> }
    });
    let boxes = boxes.collect::<Vec<_>>();
    let boxes = (!boxes.is_empty()).then(|| {
        view! {
            <fieldset class="field">
                <legend class="field__label">"Scopes"</legend>
                <div class="field__options">{boxes}</div>
            </fieldset>
        }
    });
    view! {
        <RadioGroup
            legend="Access"
            name="access"
            choices=access_choices(profile)
            value=form.access.clone()
            error=messages.of("access")
        />
        {boxes}
    }
}

/// The least first: a key should do no more than its program needs.
fn access_choices(profile: &Profile) -> Vec<Choice> {
    let hint = |access| match access {
        Access::Read => Some("GET only."),
        Access::Write => Some("POST, PATCH and DELETE only."),
        Access::ReadWrite => None,
        Access::Listed => Some("Only what is ticked below."),
    };
    let has_scopes = profile.scopes().next().is_some();
    [Access::Read, Access::Write, Access::ReadWrite, Access::Listed]
        .into_iter()
        .filter(|access| *access != Access::Listed || has_scopes)
        .map(|access| Choice {
            value: access.as_str().to_owned(),
            label: access_text(access).to_owned(),
            hint: hint(access).map(str::to_owned),
        })
        .collect()
}

/// When a key expires that is given so many days.
pub fn expiry_label(days: &str) -> String {
    match days {
        "" => "Never".to_owned(),
        "365" => "In 1 year".to_owned(),
        days => format!("In {days} days"),
    }
}

/// When, from where and how often it may be used.
pub fn limits(form: &KeyForm, policy: KeyPolicy, messages: &Messages) -> impl IntoView + use<> {
    let anywhere = if policy.networks_required {
        "Your organization wants at least one."
    } else {
        "Leave it empty to allow calls from anywhere."
    };
    let networks = format!(
        "One address or network a line, such as 203.0.113.0/24 or 2001:db8::/32. {anywhere}"
    );
    view! {
        <TextField
            label="Not before (UTC)"
            name="not_before"
            kind="datetime-local"
            value=form.not_before.clone()
            hint="Calls before this moment are refused. Leave it empty for a key that works at once."
            error=messages.of("not_before")
        />
        <TextArea
            label="Allowed networks"
            name="networks"
            value=form.networks.clone()
            hint=networks
            error=messages.of("networks")
        />
        <TextField
            label="Requests a minute"
            name="rate_limit"
            kind="number"
            value=form.rate_limit.clone()
            hint="More are refused with 429. Leave it empty for no limit."
            error=messages.of("rate_limit")
        />
    }
}
