//! The last step: all answers, each with a way to change it.

use domain::approvals::Gate;
use domain::drafts::Draft;
use domain::keys::Environment;
use domain::organizations::Plan;
use domain::profiles::{Profile, Profiles};
use domain::tenants::{Step, TenantForm};
use leptos::prelude::*;

use crate::pages::Messages;
use crate::routes;
use crate::ui::{
    Banner, Card, Description, DescriptionList, ErrorSummary, FieldMessage, FormEnd, SubmitOnce,
    Tone,
};

pub fn body(draft: &Draft, profiles: &Profiles, messages: &Messages) -> AnyView {
    let form = draft.answers.clone();
    let profile = profiles.get(&form.profile);
    let id = draft.id;
    let section = move |step: Step, rows: Vec<(&'static str, String)>| {
        let rows = rows.into_iter().map(|(term, answer)| {
            let answer = if answer.is_empty() { "Not given".to_owned() } else { answer };
            view! { <Description term>{answer}</Description> }
        });
        let rows = rows.collect_view();
        let (href, anchor) = (routes::draft_step(id, step), format!("field-{}", step.as_str()));
        let what = format!(" {}", step.title());
        view! {
            <Card title=step.title()>
                <DescriptionList>{rows}</DescriptionList>
                <p>
                    <a href=href id=anchor>
                        "Change"
                        <span class="visually-hidden">{what}</span>
                    </a>
                </p>
            </Card>
        }
    };
    let terms = vec![
        ("API", profile.map(|profile| profile.title.clone()).unwrap_or_default()),
        ("Plan", Plan::named(&form.plan).map(Plan::title).unwrap_or_default().to_owned()),
        ("Environments", environments(&form)),
        ("External tenant id", external_id(&form, profile)),
    ];
    let partner = signed(&form.partner_decided_on, &form.partner_reference, &form.partner_signer);
    let baa = signed(&form.baa_decided_on, &form.baa_reference, &form.baa_signer);
    let waiting = profile.and_then(|profile| waiting(&form, profile));
    let waiting = waiting.map(|sentence| {
        view! {
            <Banner tone=Tone::Warning title="Some keys have to wait">
                {sentence}
            </Banner>
        }
    });
    view! {
        <ErrorSummary messages=by_step(messages) />
        {waiting}
        {section(
            Step::Organization,
            vec![("Name", form.name.clone()), ("Name in addresses", form.slug.clone())],
        )}
        {section(Step::Plan, terms)}
        {section(Step::Approvals, vec![("Partner approval", partner), ("BAA", baa)])}
        {section(Step::Admin, vec![("E-mail", form.email.clone()), ("Role", "Owner".to_owned())])}
        <form method="post" action=routes::draft_step(id, Step::Check) class="form stack">
            <SubmitOnce />
            <FormEnd submit="Provision tenant" back=routes::TENANTS leave="Go on later" />
        </form>
    }
    .into_any()
}

/// The messages, each leading to the step that it is about.
fn by_step(messages: &Messages) -> Vec<FieldMessage> {
    let step = |field: &str| match field {
        "name" | "slug" => Step::Organization,
        "email" => Step::Admin,
        field if field.starts_with("partner_") || field.starts_with("baa_") => Step::Approvals,
        _ => Step::Plan,
    };
    let messages = messages.all().into_iter();
    messages
        .map(|FieldMessage { field, message }| {
            let step = step(&field);
            FieldMessage::new(step.as_str(), format!("{}: {message}", step.title()))
        })
        .collect()
}

fn environments(form: &TenantForm) -> String {
    let ticked = [("Live", &form.live), ("Test", &form.test)];
    let ticked = ticked.into_iter().filter(|(_, value)| !value.is_empty());
    ticked.map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}

fn external_id(form: &TenantForm, profile: Option<&Profile>) -> String {
    let made = profile.and_then(|profile| profile.tenant_id.as_ref());
    match (form.external_id.as_str(), made) {
        ("", Some(name)) => format!("A new {name} is made"),
        ("", None) => "None".to_owned(),
        (id, _) => id.to_owned(),
    }
}

fn signed(day: &str, reference: &str, signer: &str) -> String {
    if day.is_empty() {
        "Not on record yet".to_owned()
    } else {
        format!("{day}, {reference}, signed by {signer}")
    }
}

/// What to say of keys that cannot be made yet.
fn waiting(form: &TenantForm, profile: &Profile) -> Option<String> {
    let missing = |gate: &Gate| match gate {
        Gate::PartnerApproval => form.partner_decided_on.is_empty(),
        Gate::Baa => form.baa_decided_on.is_empty(),
    };
    let wanted = [(Environment::Live, &form.live), (Environment::Test, &form.test)];
    let wanted = wanted.into_iter().filter(|(_, value)| !value.is_empty());
    let sentences = wanted.filter_map(|(environment, _)| {
        let gates = profile.gates(environment).iter().filter(|gate| missing(gate));
        let gates: Vec<_> = gates.map(|gate| gate.title()).collect();
        let keys = match environment {
            Environment::Live => "Live keys",
            Environment::Test => "Test keys",
        };
        (!gates.is_empty()).then(|| format!("{keys} wait for: {}.", gates.join(", ")))
    });
    let sentences: Vec<_> = sentences.collect();
    let then = "Record it under Approvals, now or when it is there.";
    (!sentences.is_empty()).then(|| format!("{} {then}", sentences.join(" ")))
}
