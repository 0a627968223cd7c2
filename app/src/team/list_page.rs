//! Who belongs to the organization, and who is invited.

use domain::invitations::list::{Pending, list as list_invitations};
use domain::members::{Colleague, Member, Role, list as list_members};
use leptos::prelude::*;
use time::OffsetDateTime;

use super::title;
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Button, ButtonKind, Card, Cell, Column, DataTable, IconName, LinkButton, PageHeader, StatusTag,
    Tone,
};
use crate::{routes, when};

#[component]
pub fn ListPage() -> impl IntoView {
    organization_page(Section::Team, |request, member| async move {
        let backend = request.backend();
        let people = list_members(backend, &member).await?;
        let pending = list_invitations(backend, &member).await?;
        let (slug, now) = (&member.organization().slug, backend.clock.now());
        let body = view! {
            {header(slug, member.is_admin())}
            {members(&member, people)}
            {(!pending.is_empty()).then(|| invitations(&member, pending, now))}
        };
        Ok(Content::new("Team", body))
    })
}

fn header(slug: &str, admin: bool) -> impl IntoView + use<> {
    let leave = routes::leave(slug);
    let invite = admin.then(|| {
        view! {
            <LinkButton href=routes::invite(slug) kind=ButtonKind::Primary icon=IconName::Plus>
                "Invite"
            </LinkButton>
        }
    });
    view! {
        <PageHeader title="Team" subtitle="The people who can sign in to this organization.">
            {invite} <LinkButton href=leave kind=ButtonKind::Quiet icon=IconName::LogOut>
                "Leave"
            </LinkButton>
        </PageHeader>
    }
}

fn members(viewer: &Member, people: Vec<Colleague>) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Name"),
        Column::new("E-mail").secondary(),
        Column::new("Role"),
        Column::new("Since").secondary(),
    ];
    let rows = people.into_iter().map(|person| member_row(viewer, person)).collect_view();
    view! {
        <DataTable caption="Members" columns>
            {rows}
        </DataTable>
    }
}

fn member_row(viewer: &Member, person: Colleague) -> impl IntoView + use<> {
    let href = routes::member(&viewer.organization().slug, person.user_id);
    let you =
        (person.user_id == viewer.user_id()).then(|| view! { <span class="muted">" (you)"</span> });
    view! {
        <tr>
            <Cell header=true>
                <a href=href>{person.name}</a>
                {you}
            </Cell>
            <Cell secondary=true>{person.email}</Cell>
            <Cell>{title(person.role)}</Cell>
            <Cell secondary=true>{when::time_view(person.since)}</Cell>
        </tr>
    }
}

fn invitations(
    viewer: &Member,
    pending: Vec<Pending>,
    now: OffsetDateTime,
) -> impl IntoView + use<> {
    let mut columns =
        vec![Column::new("E-mail"), Column::new("Role").secondary(), Column::new("Expires")];
    if viewer.is_admin() {
        columns.push(Column::new("Action").name_hidden());
    }
    let rows = pending.into_iter().map(|pending| invitation_row(viewer, pending, now));
    let rows = rows.collect_view();
    view! {
        <Card title="Invitations">
            <DataTable caption="Invitations" columns>
                {rows}
            </DataTable>
        </Card>
    }
}

fn invitation_row(viewer: &Member, pending: Pending, now: OffsetDateTime) -> impl IntoView + use<> {
    let until = if pending.expired {
        view! { <StatusTag tone=Tone::Warning text="Expired" icon=IconName::Clock /> }.into_any()
    } else {
        when::left_view(pending.expires_at, now).into_any()
    };
    let actions = viewer.is_admin().then(|| {
        // Only owners have a say about owners.
        let mine = pending.role != Role::Owner || viewer.role() == Role::Owner;
        let buttons = mine.then(|| invitation_buttons(viewer, &pending));
        view! { <Cell>{buttons}</Cell> }
    });
    view! {
        <tr>
            <Cell header=true>{pending.email.clone()}</Cell>
            <Cell secondary=true>{title(pending.role)}</Cell>
            <Cell>{until}</Cell>
            {actions}
        </tr>
    }
}

fn invitation_buttons(viewer: &Member, pending: &Pending) -> impl IntoView + use<> {
    let slug = &viewer.organization().slug;
    let (resend, revoke) =
        (routes::resend_invitation(slug, pending.id), routes::revoke_invitation(slug, pending.id));
    let of = format!(" the invitation of {}", pending.email);
    let of_too = of.clone();
    view! {
        <div class="cluster">
            <form method="post" action=resend>
                <input type="hidden" name="letters" value=pending.letters />
                <Button kind=ButtonKind::Quiet icon=IconName::Refresh>
                    "Resend"
                    <span class="visually-hidden">{of}</span>
                </Button>
            </form>
            <form method="post" action=revoke>
                <Button kind=ButtonKind::Quiet icon=IconName::Ban>
                    "Revoke"
                    <span class="visually-hidden">{of_too}</span>
                </Button>
            </form>
        </div>
    }
}
