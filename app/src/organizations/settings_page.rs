//! What an organization decides about itself.

use domain::members::Role;
use domain::organizations::get_settings::{get_settings, time_zones};
use domain::organizations::{KEY_DAYS_CHOICES, Settings, SettingsForm};
use leptos::prelude::*;

use super::stale::{StaleNote, stale_note};
use crate::pages::{Content, Messages, Section, organization_page, rejected};
use crate::routes;
use crate::ui::{
    ActionRow, Button, ButtonKind, Card, Checkbox, Choice, ErrorSummary, FormActions, IconName,
    LinkButton, PageHeader, Select, SubmitOnce, TextField,
};

#[component]
pub fn SettingsPage() -> impl IntoView {
    let (form, messages) = rejected::<SettingsForm>();
    organization_page(Section::Settings, move |request, member| async move {
        let admin = member.admin()?;
        let settings = get_settings(request.backend(), &admin).await?;
        let zones = time_zones(request.backend()).await?;
        let form = if messages.is_empty() { filled(&settings) } else { form };
        let slug = &admin.organization().slug;
        let note = stale_note(&messages, &settings);
        let body = view! {
            <PageHeader title="Settings" />
            <ErrorSummary messages=messages.all() />
            <StaleNote note />
            {general(slug, &settings, zones, form, &messages)}
            {security(slug, &settings, admin.role() == Role::Owner)}
            {notices(slug)}
        };
        Ok(Content::new("Settings", body))
    })
}

/// The form as it stands for what is saved.
fn filled(settings: &Settings) -> SettingsForm {
    let tick = |on: bool| on.then(|| "true".to_owned());
    SettingsForm {
        name: settings.name.clone(),
        time_zone: settings.time_zone.clone(),
        key_days_max: settings.key_policy.days_max.map(|days| days.to_string()).unwrap_or_default(),
        networks_required: tick(settings.key_policy.networks_required),
        secret_required: tick(settings.key_policy.secret_required),
        seen: settings.version.to_string(),
    }
}

fn general(
    slug: &str,
    settings: &Settings,
    zones: Vec<String>,
    form: SettingsForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let zones = zones.into_iter().map(|zone| Choice::new(zone.clone(), zone.replace('_', " ")));
    let zones: Vec<_> = zones.collect();
    // Whoever saves again after seeing what is saved now, means it.
    let seen = settings.version;
    view! {
        <form method="post" action=routes::settings(slug) class="form stack">
            <SubmitOnce />
            <input type="hidden" name="seen" value=seen />
            <TextField
                label="Name"
                name="name"
                value=form.name
                error=messages.of("name")
                autocomplete="organization"
                required=true
            />
            <Select
                label="Time zone"
                name="time_zone"
                choices=zones
                value=form.time_zone
                error=messages.of("time_zone")
            />
            <h2>"New API keys"</h2>
                <Select
                    label="Expire at the latest"
                    name="key_days_max"
                    choices=days_choices()
                    value=form.key_days_max
                    hint="Keys that exist already stay as they are."
                    error=messages.of("key_days_max")
                />
                <Checkbox
                    label="Must be bound to networks"
                    name="networks_required"
                    checked=form.networks_required.is_some()
                />
                <Checkbox
                    label="Must require the secret"
                    name="secret_required"
                    checked=form.secret_required.is_some()
                    hint="Where keys come with a secret."
                />
            <FormActions>
                <Button kind=ButtonKind::Primary>"Save"</Button>
            </FormActions>
        </form>
    }
}

fn days_choices() -> Vec<Choice> {
    let label = |days| match days {
        "" => "Never".to_owned(),
        "365" => "After 1 year".to_owned(),
        days => format!("After {days} days"),
    };
    KEY_DAYS_CHOICES.into_iter().map(|days| Choice::new(days, label(days))).collect()
}

/// The way to what is told to programs and people.
fn notices(slug: &str) -> impl IntoView + use<> {
    let href = routes::notices(slug);
    view! {
        <Card>
            <ActionRow
                title="Notices"
                detail="Mail before keys expire, and webhooks for what happens to keys."
            >
                <LinkButton href=href>"Notices"</LinkButton>
            </ActionRow>
        </Card>
    }
}

/// How members sign in, which is the owners' to change.
fn security(slug: &str, settings: &Settings, is_owner: bool) -> impl IntoView + use<> {
    let factor = if settings.second_factor_required {
        "Members need a second factor."
    } else {
        "A second factor is up to each member."
    };
    let idle = settings.idle_minutes.map_or_else(
        || "After 2 hours without a page, they are signed out.".to_owned(),
        |minutes| format!("After {minutes} minutes without a page, they are signed out."),
    );
    let href = routes::settings_security(slug);
    let change = is_owner.then(|| {
        view! {
            <LinkButton href=href icon=IconName::Pencil>
                "Change"
            </LinkButton>
        }
    });
    let whose = if is_owner { "" } else { " Only owners can change this." };
    view! {
        <Card>
            <ActionRow title="Signing in" detail=format!("{factor} {idle}{whose}")>
                {change}
            </ActionRow>
        </Card>
    }
}
