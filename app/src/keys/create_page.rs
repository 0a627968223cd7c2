//! The form for a new key.

use domain::Error;
use domain::approvals::permits;
use domain::channels::list::{ChannelLine, list};
use domain::keys::create::{EXPIRY_CHOICES, KeyForm};
use domain::keys::terms::SCOPE_BOX;
use domain::keys::{Access, Environment};
use domain::members::{Author, Role};
use domain::organizations::KeyPolicy;
use domain::organizations::get_settings::policy_of;
use domain::profiles::Profile;
use leptos::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

use super::role_note::role_note;
use super::terms_fields;
use crate::pages::{Content, Messages, Request, Section, organization_page, rejected};
use crate::routes;
use crate::ui::{
    Checkbox, Choice, ErrorSummary, FormEnd, PageHeader, RadioGroup, Select, SubmitOnce, TextField,
};

#[component]
pub fn CreatePage() -> impl IntoView {
    let (form, messages) = rejected::<KeyForm>();
    organization_page(Section::Keys, move |request, member| async move {
        let author = member.author()?;
        let channels = list(request.backend(), &author).await?;
        let profile = request.backend().profiles.of(author.organization())?;
        let permits = permits(request.backend(), &author).await?;
        let environments = permits.environments(profile).into_iter();
        let environments: Vec<_> = environments.filter(|one| author.allows(*one).is_ok()).collect();
        // Who may make test keys only, for an API that has none.
        let first = environments.first().ok_or(Error::Forbidden { needs: Role::Admin })?;
        let policy = policy_of(request.backend(), &author).await?;
        let form = if messages.is_empty() { prefilled(&request, *first, policy) } else { form };
        let choices = (environment_choices(profile, &environments), channel_choices(&channels));
        Ok(Content::new("Create key", body(&author, profile, policy, choices, form, messages)))
    })
}

/// A fresh form; the address may fill it in.
fn prefilled(request: &Request, first: Environment, policy: KeyPolicy) -> KeyForm {
    let or = |value: String, otherwise: &str| {
        if value.is_empty() { otherwise.to_owned() } else { value }
    };
    KeyForm {
        name: request.query("name"),
        channel: request.query("channel"),
        environment: or(request.query("environment"), first.as_str()),
        access: or(request.query("access"), Access::Read.as_str()),
        expires_in_days: or(request.query("expires_in_days"), &policy.default_days().to_string()),
        secret_required: Some("true".to_owned()),
        networks: request.query("networks").replace(',', "\n"),
        rate_limit: request.query("rate_limit"),
        not_before: request.query("not_before"),
        form_token: Uuid::now_v7().to_string(),
        boxes: ticked(&request.query("scopes")),
    }
}

/// Boxes for scopes that the address names, with commas between them.
fn ticked(scopes: &str) -> BTreeMap<String, String> {
    let scopes = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty());
    scopes.map(|scope| (format!("{SCOPE_BOX}{scope}"), "true".to_owned())).collect()
}

fn body(
    author: &Author,
    profile: &Profile,
    policy: KeyPolicy,
    (environments, channels): (Vec<Choice>, Vec<Choice>),
    form: KeyForm,
    messages: Messages,
) -> impl IntoView + use<> {
    let pair = profile.has_secrets().then(|| {
        view! {
            <Checkbox
                label="Require the secret"
                name="secret_required"
                checked=form.secret_required.is_some()
                error=messages.of("secret_required")
                hint="Calls without the secret are refused. Leave it on unless an old program cannot send one."
            />
        }
    });
    let access = terms_fields::access(profile, &form, &messages);
    let limits = terms_fields::limits(&form, policy, &messages);
    let slug = &author.organization().slug;
    let cancel = routes::keys(slug);
    view! {
        <PageHeader title="Create key" back=(routes::keys(slug), "API keys".to_owned()) />
        {role_note(author, author.is_admin())}
        <ErrorSummary messages=messages.all() />
        <form method="post" action=routes::new_key(slug) class="form stack">
            <SubmitOnce />
            <input type="hidden" name="form_token" value=form.form_token />
            <TextField
                label="Name"
                name="name"
                value=form.name
                hint="Which program uses it, such as \"Production export job\"."
                error=messages.of("name")
                autocomplete="off"
                required=true
            />
            <Select
                label="Channel"
                name="channel"
                choices=channels
                value=form.channel
                error=messages.of("channel")
            />
            <RadioGroup
                legend="Environment"
                name="environment"
                choices=environments
                value=form.environment
                error=messages.of("environment")
            />
            {access}
            <Select
                label="Expires"
                name="expires_in_days"
                choices=expiry_choices(policy.days_max)
                value=form.expires_in_days
                error=messages.of("expires_in_days")
            />
            {pair}
            {limits}
            <FormEnd submit="Create key" back=cancel />
        </form>
    }
}

fn choice(value: &str, label: &str, hint: Option<&str>) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), hint: hint.map(str::to_owned) }
}

fn channel_choices(channels: &[ChannelLine]) -> Vec<Choice> {
    let none = choice("", "No channel", None);
    let channels =
        channels.iter().map(|channel| choice(&channel.id.to_string(), &channel.name, None));
    std::iter::once(none).chain(channels).collect()
}

fn environment_choices(profile: &Profile, environments: &[Environment]) -> Vec<Choice> {
    let environments = environments.iter().map(|&environment| {
        let label = match environment {
            Environment::Live => "Live",
            Environment::Test => "Test",
        };
        let hint = profile.key_prefix(environment).map(|prefix| format!("Begins with {prefix}"));
        choice(environment.as_str(), label, hint.as_deref())
    });
    environments.collect()
}

/// Those that the organization's policy allows.
fn expiry_choices(longest: Option<i32>) -> Vec<Choice> {
    let allowed = |days: &&str| {
        longest.is_none_or(|longest| days.parse::<i32>().is_ok_and(|days| days <= longest))
    };
    let choices = EXPIRY_CHOICES.into_iter().filter(allowed);
    choices.map(|days| choice(days, &terms_fields::expiry_label(days), None)).collect()
}
