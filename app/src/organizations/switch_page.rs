//! The organization switcher.

use domain::members::{Membership, list_for_user};
use domain::users::User;
use leptos::prelude::*;

use crate::pages::{Content, Request, signed_in_page};
use crate::routes;
use crate::ui::{
    Cell, Column, DataTable, EmptyState, IconName, LinkButton, PageHeader, StatusTag, Tone,
};

/// One link for each organization; somebody who has only one is sent on to it, and a rep without
/// any to the tenants.
#[component]
pub fn SwitchPage() -> impl IntoView {
    signed_in_page(None, |request: Request| async move {
        let user = request.user()?;
        let memberships = list_for_user(request.backend(), user.id).await?;
        let is_rep = request.rep().await.is_ok();
        match memberships.as_slice() {
            [] if is_rep => leptos_axum::redirect(routes::TENANTS),
            [only] if !is_rep => leptos_axum::redirect(&routes::overview(&only.slug)),
            _ => {}
        }
        let titles = memberships.iter().map(|membership| {
            let profile = request.backend().profiles.get(&membership.profile);
            profile.map_or_else(|| membership.profile.clone(), |profile| profile.title.clone())
        });
        let titles: Vec<_> = titles.collect();
        let rows = memberships
            .into_iter()
            .zip(titles)
            .map(|(membership, title)| row(membership, title).into_any());
        let rows: Vec<_> = rows.collect();
        Ok((Content::new("Organizations", list(rows, &user, is_rep)), None))
    })
}

fn list(rows: Vec<AnyView>, user: &User, is_rep: bool) -> AnyView {
    let email = user.email.clone();
    if rows.is_empty() {
        return view! {
            <PageHeader title="Organizations" />
            <EmptyState title="You belong to no organization" icon=IconName::Building>
                {format!("Ask an owner or admin of your organization to invite {email}.")}
            </EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::new("Name"),
        Column::new("API"),
        Column::new("Your role"),
        Column::new("Status").secondary(),
    ];
    view! {
        <PageHeader title="Organizations" subtitle="Choose where you want to work.">
            {is_rep.then(|| view! { <LinkButton href=routes::TENANTS>"All tenants"</LinkButton> })}
        </PageHeader>
        <DataTable caption="Your organizations" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}

fn row(membership: Membership, profile: String) -> impl IntoView {
    let (tone, status) =
        if membership.suspended { (Tone::Danger, "Suspended") } else { (Tone::Success, "Active") };
    let href = routes::overview(&membership.slug);
    view! {
        <tr>
            <Cell header=true>
                <a href=href>{membership.name}</a>
            </Cell>
            <Cell>{profile}</Cell>
            <Cell>{membership.role.to_string()}</Cell>
            <Cell secondary=true>
                <StatusTag tone text=status />
            </Cell>
        </tr>
    }
}
