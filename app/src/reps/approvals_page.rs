//! What a tenant and the vendor have signed.

use domain::approvals::Gate;
use domain::approvals::list::{Approval, list};
use domain::organizations::list::tenant;
use domain::profiles::Profile;
use leptos::prelude::*;

use super::steps::needed_for;
use crate::pages::{Content, RepSection, rep_page};
use crate::ui::{
    ActionRow, Button, Card, Description, DescriptionList, LinkButton, PageHeader, StatusTag, Tone,
};
use crate::{routes, when};

#[component]
pub fn ApprovalsPage() -> impl IntoView {
    rep_page(RepSection::Tenants, |request, rep| async move {
        let slug = request.text_param("slug");
        let tenant = tenant(request.backend(), &rep, &slug).await?;
        let approvals = list(request.backend(), &rep, &slug).await?;
        let profile = request.backend().profiles.get(&tenant.profile);
        let cards = Gate::ALL.into_iter().map(|gate| {
            let approval = approvals.iter().find(|approval| approval.gate == gate);
            card(&slug, gate, approval, profile).into_any()
        });
        let title = format!("Approvals of {}", tenant.name);
        let terms = routes::tenant_terms(&slug);
        let body = view! {
            <PageHeader
                title="Approvals"
                subtitle=tenant.name
                back=(routes::tenant(&slug), "Tenant".to_owned())
            >
                <LinkButton href=terms>"Plan and ids"</LinkButton>
            </PageHeader>
            {cards.collect_view()}
        };
        Ok(Content::new(title, body))
    })
}

fn card(
    slug: &str,
    gate: Gate,
    approval: Option<&Approval>,
    profile: Option<&Profile>,
) -> impl IntoView + use<> {
    let needed = profile.and_then(|profile| needed_for(profile, gate));
    let form = routes::tenant_approval(slug, gate.as_str());
    let (tone, status) = match (approval, &needed) {
        (Some(_), _) => (Tone::Success, "On record"),
        (None, Some(_)) => (Tone::Warning, "Missing"),
        (None, None) => (Tone::Neutral, "Not needed"),
    };
    let needed = needed.map_or_else(
        || "This API does not ask for it.".to_owned(),
        |keys| format!("Needed before {keys}."),
    );
    let what = format!(" {}", gate.title());
    let (label, record) = match approval {
        Some(approval) => ("Correct", recorded(slug, gate, approval).into_any()),
        None => ("Record", ().into_any()),
    };
    view! {
        <Card title=gate.title()>
            <p>
                <StatusTag tone text=status />
                " "
                <span class="muted">{needed}</span>
            </p>
            {record}
            <p>
                <LinkButton href=form>
                    {label} <span class="visually-hidden">{what}</span>
                </LinkButton>
            </p>
        </Card>
    }
}

fn recorded(slug: &str, gate: Gate, approval: &Approval) -> impl IntoView + use<> {
    let approval = approval.clone();
    let withdraw = routes::withdraw_approval(slug, gate.as_str());
    let what = format!(" {}", gate.title());
    view! {
        <DescriptionList>
            <Description term="Signed on">{approval.decided_on.to_string()}</Description>
            <Description term="Reference">{approval.reference}</Description>
            <Description term="Signer">{approval.signer}</Description>
            <Description term="Recorded">
                {when::time_view(approval.recorded_at)} " by " {approval.recorded_by}
            </Description>
        </DescriptionList>
        <ActionRow
            title="Withdraw"
            detail="Closes the gate again: keys that need it are neither made nor given a new text."
        >
            <form method="post" action=withdraw>
                <input type="hidden" name="seen" value=approval.version.to_string() />
                <Button>
                    "Withdraw" <span class="visually-hidden">{what}</span>
                </Button>
            </form>
        </ActionRow>
    }
}
