//! Tenants as lines of a table.

use domain::approvals::Gate;
use domain::keys::Environment;
use domain::organizations::list::Tenant;
use domain::profiles::Profiles;
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::ui::{Cell, Column, CopyButton, StatusTag, Tone};
use crate::{routes, when};

pub fn columns() -> Vec<Column> {
    vec![
        Column::new("Organization"),
        Column::new("Tenant id").secondary(),
        Column::new("API").secondary(),
        Column::new("Plan").secondary(),
        Column::new("Status"),
        Column::new("Partner approval").secondary(),
        Column::new("BAA").secondary(),
        Column::new("First call"),
    ]
}

pub fn rows(profiles: &Profiles, tenants: Vec<Tenant>, now: OffsetDateTime) -> AnyView {
    tenants.into_iter().map(|tenant| row(profiles, tenant, now)).collect_view().into_any()
}

fn row(profiles: &Profiles, tenant: Tenant, now: OffsetDateTime) -> impl IntoView + use<> {
    let profile = profiles.get(&tenant.profile);
    let title = profile.map_or_else(|| tenant.profile.clone(), |profile| profile.title.clone());
    let needs = |gate| {
        profile.is_some_and(|profile| {
            let environments = tenant.environments.iter();
            environments.copied().any(|environment| profile.gates(environment).contains(&gate))
        })
    };
    let approval = |gate| approval(tenant.approvals.contains(&gate), needs(gate));
    let (partner, baa) = (approval(Gate::PartnerApproval), approval(Gate::Baa));
    let (tone, status) =
        if tenant.suspended { (Tone::Danger, "Suspended") } else { (Tone::Success, "Active") };
    let first_call = first_call(&tenant, now);
    let number = external_id(&tenant);
    let environments = tenant.environments.iter().map(|environment| match environment {
        Environment::Live => "live",
        Environment::Test => "test",
    });
    let environments = environments.collect::<Vec<_>>().join(", ");
    view! {
        <tr>
            <Cell header=true>
                <a href=routes::tenant(&tenant.slug)>{tenant.name}</a> <p class="muted table__note">{tenant.slug}</p>
            </Cell>
            <Cell secondary=true>{number}</Cell>
            <Cell secondary=true>{title}</Cell>
            <Cell secondary=true>
                {tenant.plan.title()} <p class="muted table__note">{environments}</p>
            </Cell>
            <Cell>
                <StatusTag tone text=status />
            </Cell>
            <Cell secondary=true>{partner}</Cell>
            <Cell secondary=true>{baa}</Cell>
            <Cell>{first_call}</Cell>
        </tr>
    }
}

/// The vendor's own number, or else ours.
fn external_id(tenant: &Tenant) -> impl IntoView + use<> {
    let id = tenant.external_id.clone().unwrap_or_else(|| tenant.id.to_string());
    // Enough to tell two apart; the whole is copied.
    let short = match id.char_indices().nth(13) {
        Some((end, _)) => format!("{}…", &id[..end]),
        None => id.clone(),
    };
    let full = id.clone();
    let label = format!("Copy the tenant id of {}", tenant.name);
    view! {
        <div class="copyable" title=full>
            <code>{short}</code>
            <CopyButton text=id label />
        </div>
    }
}

fn approval(open: bool, needed: bool) -> impl IntoView {
    match (open, needed) {
        (true, _) => view! { <StatusTag tone=Tone::Success text="On record" /> }.into_any(),
        (false, true) => view! { <StatusTag tone=Tone::Warning text="Missing" /> }.into_any(),
        (false, false) => view! { <span class="muted">"Not needed"</span> }.into_any(),
    }
}

fn first_call(tenant: &Tenant, now: OffsetDateTime) -> impl IntoView + use<> {
    if let Some(at) = tenant.first_call_at {
        let after = tenant.first_call_after().unwrap_or_default();
        let after = when::took(after);
        return view! { <span title=when::minute(at)>{after}</span> }.into_any();
    }
    let since = format!("None in {}", when::took(now - tenant.created_at));
    let tone = if tenant.is_stuck(now) { Tone::Warning } else { Tone::Neutral };
    view! { <StatusTag tone text=since /> }.into_any()
}
