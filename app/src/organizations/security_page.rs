//! How an organization's members sign in.

use domain::organizations::get_settings::get_settings;
use domain::organizations::{IDLE_CHOICES, SecurityForm, Settings};
use leptos::prelude::*;

use super::stale::{StaleNote, stale_note};
use crate::pages::{Content, Messages, Section, organization_page, rejected};
use crate::routes;
use crate::ui::{Checkbox, Choice, ErrorSummary, FormEnd, PageHeader, Select, SubmitOnce};

#[component]
pub fn SecurityPage() -> impl IntoView {
    let (form, messages) = rejected::<SecurityForm>();
    organization_page(Section::Settings, move |request, member| async move {
        let owner = member.owner()?;
        // Asked for before the form is filled in, rather than after.
        request.fresh()?;
        let settings = get_settings(request.backend(), &owner).await?;
        let form = if messages.is_empty() { filled(&settings) } else { form };
        let slug = &owner.organization().slug;
        let note = stale_note(&messages, &settings);
        let body = view! {
            <PageHeader title="Signing in" back=(routes::settings(slug), "Settings".to_owned()) />
            <ErrorSummary messages=messages.all() />
            <StaleNote note />
            {fields(slug, &settings, form, &messages)}
        };
        Ok(Content::new("Signing in", body))
    })
}

fn filled(settings: &Settings) -> SecurityForm {
    SecurityForm {
        second_factor_required: settings.second_factor_required.then(|| "true".to_owned()),
        idle_minutes: settings.idle_minutes.map(|minutes| minutes.to_string()).unwrap_or_default(),
        seen: settings.version.to_string(),
    }
}

fn fields(
    slug: &str,
    settings: &Settings,
    form: SecurityForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let cancel = routes::settings(slug);
    view! {
        <form method="post" action=routes::settings_security(slug) class="form stack">
            <SubmitOnce />
            <input type="hidden" name="seen" value=settings.version />
            <Checkbox
                label="Members need a second factor"
                name="second_factor_required"
                checked=form.second_factor_required.is_some()
                error=messages.of("second_factor_required")
                hint="Whoever has none cannot open the organization until they have set it up on their account page."
            />
            <Select
                label="Sign members out"
                name="idle_minutes"
                choices=idle_choices()
                value=form.idle_minutes
                error=messages.of("idle_minutes")
                hint="Counted from the last page that they opened. The strictest of a person's organizations counts. After 12 hours, everybody signs in again."
            />
            <FormEnd submit="Save" back=cancel />
        </form>
    }
}

fn idle_choices() -> Vec<Choice> {
    let label = |minutes| match minutes {
        "" => "After 2 hours without a page".to_owned(),
        "60" => "After 1 hour without a page".to_owned(),
        minutes => format!("After {minutes} minutes without a page"),
    };
    IDLE_CHOICES.into_iter().map(|minutes| Choice::new(minutes, label(minutes))).collect()
}
