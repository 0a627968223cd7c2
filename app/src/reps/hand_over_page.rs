//! What a rep hands over once an organization has been provisioned, shown once.

use domain::drafts::Provisioned;
use domain::tenants::HandOver;
use leptos::prelude::*;

use crate::invitations::letter;
use crate::pages::{Content, RepSection, rep_answer};
use crate::state::State;
use crate::ui::{
    Banner, ButtonKind, Card, CopyButton, Description, DescriptionList, FormActions, LinkButton,
    PageHeader, SecretField, Tone,
};
use crate::{routes, when};

/// The outcome of the form that provisions.
#[derive(Clone, Debug)]
pub struct HandedOver {
    pub provisioned: Provisioned,
    /// Whether the invitation has gone out by mail.
    pub mailed: bool,
}

#[component]
pub fn HandOverPage(handed_over: HandedOver) -> impl IntoView {
    rep_answer(RepSection::Tenants, move |request, _| async move {
        Ok(match handed_over.provisioned {
            Provisioned::Now(made) => now(request.state(), &made, handed_over.mailed).fleeting(),
            Provisioned::Before(slug) => before(&slug),
        })
    })
}

fn now(state: &State, made: &HandOver, mailed: bool) -> Content {
    let organization = &made.organization;
    let claim = format!("{}{}", state.dashboard_url, routes::claim(made.claim.expose()));
    let title = format!("{} is ready", organization.name);
    let invitation_link = letter::link(state, &made.letter);
    let until = made.claim_expires_at;
    let claim_label = if mailed { "Claim link" } else { "2. Claim link" };
    let invitation = (!mailed).then(|| {
        view! {
            <SecretField
                label="1. Invitation link"
                value=invitation_link
                hint="Opens the door: whoever has it can join as owner."
                test_id="invitation-link"
                copy_label="Copy invitation link"
            />
        }
    });
    let way = if mailed {
        format!("The invitation has gone to {} by mail.", made.letter.email)
    } else {
        "No mail was sent: hand over both links, by two different ways if you can.".to_owned()
    };
    let body = view! {
        <PageHeader title=title.clone() subtitle="Hand this over to its first admin." />
        <Banner tone=Tone::Warning title="The links are shown only this once">
            {way}
        </Banner>
        {facts(state, made)}
        <Card title="Links">
            {invitation}
            <SecretField
                label=claim_label
                value=claim
                hint="Reveals the first API key, once, to whoever has accepted the invitation. You never see the key."
                test_id="claim-link"
                copy_label="Copy claim link"
            />
            <p class="muted">"The claim link works until " {when::time_view(until)}</p>
        </Card>
        <FormActions>
            <LinkButton href=routes::TENANTS kind=ButtonKind::Primary>
                "Done"
            </LinkButton>
        </FormActions>
    };
    Content::new(title, body)
}

/// What is no secret.
fn facts(state: &State, made: &HandOver) -> impl IntoView + use<> {
    let organization = &made.organization;
    let profile = state.backend.profiles.get(&organization.profile);
    let base = profile.map(|profile| {
        let origin = state.backend.api.origin(&profile.host_of(&organization.slug));
        format!("{origin}{}", profile.base_path())
    });
    let number_name = profile.and_then(|profile| profile.tenant_id.clone());
    let number = organization.external_id.clone().map(|number| {
        let term = number_name.unwrap_or_else(|| "External tenant id".to_owned());
        view! { <Description term>{copyable(number, "external tenant id")}</Description> }
    });
    let quick_start = format!("{}{}", state.dashboard_url, routes::overview(&organization.slug));
    let (id, email) = (organization.id.to_string(), made.letter.email.clone());
    view! {
        <Card title="For its programs">
            <DescriptionList>
                <Description term="Tenant id">{copyable(id, "tenant id")}</Description>
                {number}
                <Description term="Base address">
                    {copyable(base.unwrap_or_default(), "base address")}
                </Description>
                <Description term="Quick start">
                    {copyable(quick_start, "quick start")}
                </Description>
                <Description term="First owner">{email}</Description>
            </DescriptionList>
        </Card>
    }
}

fn copyable(text: String, what: &str) -> impl IntoView + use<> {
    let label = format!("Copy {what}");
    view! {
        <span class="copyable">
            <code>{text.clone()}</code>
            <CopyButton text label />
        </span>
    }
}

fn before(slug: &str) -> Content {
    let href = routes::tenants_with(&[("q", slug)]);
    let body = view! {
        <PageHeader title="This tenant was already provisioned" />
        <Banner tone=Tone::Info title="Nothing happened this time">
            "The form was sent twice, or the page was reloaded. The first answer had the links, which cannot be shown again."
        </Banner>
        <p>"If you did not get to copy them: an owner or admin can make keys without the claim link."</p>
        <FormActions>
            <LinkButton href=href kind=ButtonKind::Primary>
                "Show it in the list"
            </LinkButton>
        </FormActions>
    };
    Content::new("This tenant was already provisioned", body)
}
