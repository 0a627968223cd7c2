//! Where a scream test begins: a key is refused for a while, to see who notices.

use domain::Error;
use domain::keys::KeyStatus;
use domain::keys::scream::{LONGEST_MINUTES, OFFERED_MINUTES, OTHER, ScreamForm};
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
pub fn ScreamPage() -> impl IntoView {
    let (form, messages) = rejected::<ScreamForm>();
    organization_page(Section::Keys, move |request, member| async move {
        let (author, key) = asked_key(&request, &member).await?;
        match key.status {
            KeyStatus::Active => {}
            KeyStatus::Disabled => return Err(Error::Conflict("The key is disabled already.")),
            KeyStatus::Revoked => return Err(Error::Conflict("The key is revoked already.")),
        }
        if key.screams_until.is_some() {
            return Err(Error::Conflict("A test of this key is under way."));
        }
        let (_, breaks) = what_breaks(&request, &author, &key).await?;
        let slug = &author.organization().slug;
        let (title, back) = (format!("Scream test of {}", key.name), routes::key(slug, key.id));
        let action = routes::key_action(slug, key.id, "scream-test");
        let body = view! {
            <PageHeader
                title=title.clone()
                subtitle=key.hint.clone()
                back=(back.clone(), key.name.clone())
            />
            <ErrorSummary messages=messages.all() />
            <Banner tone=Tone::Warning title="The key is refused for a while">
                "Then it works again by itself, whatever happens to this program meanwhile. Its page lists who failed, and ends the test when you have seen enough."
            </Banner>
            {breaks}
            {question(action, back, form, &messages)}
        };
        Ok(Content::new(title, body))
    })
}

fn question(
    action: String,
    back: String,
    form: ScreamForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let offered = OFFERED_MINUTES.map(|minutes| {
        let label = if minutes == 60 { "1 hour".to_owned() } else { format!("{minutes} minutes") };
        Choice::new(minutes.to_string(), label)
    });
    let other = Choice::new(OTHER, "Another time");
    let choices = offered.into_iter().chain(std::iter::once(other)).collect();
    let minutes = match form.minutes.as_str() {
        "" => OFFERED_MINUTES[0].to_string(),
        _ => form.minutes,
    };
    view! {
        <form method="post" action=action class="form stack">
            <SubmitOnce />
            <RadioGroup
                legend="For how long"
                name="minutes"
                choices
                value=minutes
                error=messages.of("minutes")
            />
            <TextField
                label="Minutes (for another time)"
                name="other_minutes"
                value=form.other_minutes
                hint=format!("From 1 to {LONGEST_MINUTES}, which is a day.")
                error=messages.of("other_minutes")
                autocomplete="off"
            />
            <DangerEnd
                submit="Begin the test"
                icon=IconName::Clock
                back=back
                leave="Keep the key"
            />
        </form>
    }
}
