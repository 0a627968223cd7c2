//! The fields of each step.

use domain::approvals::Gate;
use domain::keys::Environment;
use domain::organizations::Plan;
use domain::profiles::{Profile, Profiles};
use domain::tenants::TenantForm;
use leptos::prelude::*;

use crate::pages::Messages;
use crate::ui::{Card, Checkbox, Choice, RadioGroup, Select, TextField};

pub fn organization(form: TenantForm, messages: &Messages) -> AnyView {
    view! {
        <TextField
            label="Name"
            name="name"
            value=form.name
            hint="As its people call it, such as \"St. Mary Clinic\"."
            error=messages.of("name")
            autocomplete="off"
            required=true
        />
        <TextField
            label="Name in addresses"
            name="slug"
            value=form.slug
            hint="Small letters, digits and hyphens, such as st-mary. Empty: made from the name. It cannot be changed later."
            error=messages.of("slug")
            autocomplete="off"
        />
    }
    .into_any()
}

pub fn plan(form: TenantForm, profiles: &Profiles, messages: &Messages) -> AnyView {
    let apis = profiles
        .iter()
        .map(|profile| Choice::new(&profile.name, &profile.title).hint(offer(profile)));
    let number =
        "Your own number for it. Empty: NovaMed's clinic_id is made for you; others have none.";
    let profile = form.profile.clone();
    view! {
        <RadioGroup
            legend="API"
            name="profile"
            choices=apis.collect()
            value=profile
            error=messages.of("profile")
        />
        {terms(form.plan, form.live, form.test, messages)}
        <TextField
            label="External tenant id"
            name="external_id"
            value=form.external_id
            hint=number
            error=messages.of("external_id")
            autocomplete="off"
        />
    }
    .into_any()
}

/// Plan and environments, which can be corrected later too.
pub fn terms(plan: String, live: String, test: String, messages: &Messages) -> AnyView {
    let plans = Plan::ALL.into_iter().map(|plan| Choice::new(plan.as_str(), plan.title()));
    let plan = if plan.is_empty() { Plan::Sandbox.as_str().to_owned() } else { plan };
    view! {
        <Select
            label="Plan"
            name="plan"
            choices=plans.collect()
            value=plan
            error=messages.of("plan")
        />
        <fieldset class="field">
            <legend class="field__label">"Environments"</legend>
            <div class="field__options">
                <Checkbox
                    label="Live"
                    name="live"
                    checked=!live.is_empty()
                    hint="Real data."
                    error=messages.of("live")
                />
                <Checkbox label="Test" name="test" checked=!test.is_empty() hint="No real data." />
            </div>
        </fieldset>
    }
    .into_any()
}

/// What this vendor has.
fn offer(profile: &Profile) -> String {
    let environments: Vec<_> = profile.environments().map(Environment::as_str).collect();
    let gates = Gate::ALL
        .into_iter()
        .filter_map(|gate| Some(format!("{} before {}", gate.title(), needed_for(profile, gate)?)));
    let parts: Vec<_> =
        std::iter::once(format!("{} keys", environments.join(" and "))).chain(gates).collect();
    format!("{}.", capitalized(&parts.join("; ")))
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// Before which keys the profile wants this signed; `None` where it does not ask for it.
pub fn needed_for(profile: &Profile, gate: Gate) -> Option<String> {
    let asks = |environment: &Environment| profile.gates(*environment).contains(&gate);
    let asking: Vec<_> = profile.environments().filter(asks).collect();
    match asking.as_slice() {
        [] => None,
        all if all.len() == profile.environments().count() => Some("any key".to_owned()),
        some => Some(format!(
            "{} keys",
            some.iter().map(|environment| environment.as_str()).collect::<Vec<_>>().join(" and ")
        )),
    }
}

pub fn approvals(form: TenantForm, profiles: &Profiles, messages: &Messages) -> AnyView {
    let profile = profiles.get(&form.profile);
    let partner = [form.partner_decided_on, form.partner_reference, form.partner_signer];
    let baa = [form.baa_decided_on, form.baa_reference, form.baa_signer];
    view! {
        <p>"What has been signed already. Leave the fields empty otherwise: it can be recorded later, and keys that need it wait until then."</p>
        {approval(Gate::PartnerApproval, "partner", partner, profile, messages)}
        {approval(Gate::Baa, "baa", baa, profile, messages)}
    }
    .into_any()
}

fn approval(
    gate: Gate,
    prefix: &str,
    [day, reference, signer]: [String; 3],
    profile: Option<&Profile>,
    messages: &Messages,
) -> impl IntoView + use<> {
    let needed = profile.and_then(|profile| needed_for(profile, gate));
    let needed = needed.map_or_else(
        || "This API does not ask for it.".to_owned(),
        |keys| format!("Needed before {keys}."),
    );
    let name = |field: &str| format!("{prefix}_{field}");
    let [on, by, who] = ["decided_on", "reference", "signer"].map(name);
    let [on_error, by_error, who_error] = [&on, &by, &who].map(|name| messages.of(name));
    let label = |what: &str| format!("{}: {what}", gate.title());
    let [on_label, by_label, who_label] = ["signed on", "reference", "signer"].map(label);
    view! {
        <Card title=gate.title()>
            <p class="muted">{needed}</p>
            <TextField label=on_label name=on value=day kind="date" error=on_error />
            <TextField
                label=by_label
                name=by
                value=reference
                hint="By which the paper is found."
                error=by_error
                autocomplete="off"
            />
            <TextField
                label=who_label
                name=who
                value=signer
                error=who_error
                autocomplete="off"
            />
        </Card>
    }
}

pub fn admin(form: TenantForm, messages: &Messages) -> AnyView {
    view! {
        <TextField
            label="E-mail"
            name="email"
            value=form.email
            hint="Of the organization's first owner, who makes the first key and invites everybody else."
            error=messages.of("email")
            kind="email"
            autocomplete="off"
            required=true
        />
    }
    .into_any()
}
