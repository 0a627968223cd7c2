//! The form that invites somebody.

use domain::invitations::invite::InviteForm;
use domain::members::Role;
use leptos::prelude::*;

use super::roles;
use crate::pages::{Content, Messages, Request, Section, organization_page, rejected};
use crate::ui::{ErrorSummary, FormEnd, PageHeader, RadioGroup, SubmitOnce, TextField};
use crate::{form, routes};

#[component]
pub fn InvitePage() -> impl IntoView {
    let (form, messages) = rejected::<InviteForm>();
    organization_page(Section::Team, move |request, member| async move {
        let admin = member.admin()?;
        let by_mail = request.state().mail.is_some();
        let form = if messages.is_empty() { asked_for(&request) } else { form };
        let slug = &admin.organization().slug;
        Ok(Content::new("Invite", body(slug, admin.role(), by_mail, form, &messages)))
    })
}

/// What the address fills in, as after the password was asked for.
fn asked_for(request: &Request) -> InviteForm {
    InviteForm {
        email: request.query("email"),
        role: request.query("role"),
        form_token: String::new(),
    }
}

fn body(
    slug: &str,
    own: Role,
    by_mail: bool,
    form: InviteForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let token = form::token(&form.form_token);
    let role = Some(form.role).filter(|role| !role.is_empty());
    let role = role.unwrap_or_else(|| Role::Viewer.as_str().to_owned());
    let next = if by_mail {
        "A letter with a link goes to this address. The link works for 7 days and once."
    } else {
        "You get a link to hand over. It works for 7 days and once."
    };
    let cancel = routes::team(slug);
    view! {
        <PageHeader title="Invite" back=(routes::team(slug), "Team".to_owned()) />
        <ErrorSummary messages=messages.all() />
        <form method="post" action=routes::invite(slug) class="form stack">
            <SubmitOnce />
            <input type="hidden" name="form_token" value=token />
            <TextField
                label="E-mail"
                name="email"
                value=form.email
                hint=next
                error=messages.of("email")
                kind="email"
                autocomplete="off"
                required=true
            />
            <RadioGroup
                legend="Role"
                name="role"
                choices=roles(own)
                value=role
                error=messages.of("role")
            />
            <FormEnd submit="Invite" back=cancel />
        </form>
    }
}
