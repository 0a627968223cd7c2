//! What an invitation's link opens: accept it, or why that is not possible.

use axum::http::StatusCode;
use domain::invitations::find::{Invitation, find};
use domain::users::User;
use domain::users::password::PASSWORD_MIN;
use domain::{Error, Result};
use leptos::either::Either;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;

use super::actions::AcceptForm;
use super::closed::{Closed, closed, unknown};
use crate::pages::{ErrorPage, Messages, Request, notice_banner, rejected};
use crate::team::title;
use crate::ui::{
    Button, ButtonKind, Description, DescriptionList, ErrorSummary, LinkButton, PasswordField,
    PlainFrame, SubmitOnce, TextField,
};
use crate::{routes, when};

#[component]
pub fn InvitationPage() -> impl IntoView {
    let (form, messages) = rejected::<AcceptForm>();
    let request = Request::routed();
    let response = use_context::<ResponseOptions>();
    let page = async move {
        let request = request.ok_or_else(|| Error::Internal("a page without a request".into()))?;
        let page = load(&request, form, messages).await?;
        if let (Some(response), Some(status)) = (response, page.status) {
            response.set_status(status);
        }
        Ok::<_, Error>(frame(&request, page).into_any())
    };
    view! {
        <Suspense>
            {Suspend::new(async move {
                match page.await {
                    Ok(page) => Either::Left(page),
                    Err(error) => Either::Right(view! { <ErrorPage error /> }),
                }
            })}
        </Suspense>
    }
}

struct Page {
    title: String,
    /// Other than 200, or what a refused form has set.
    status: Option<StatusCode>,
    body: AnyView,
}

impl Page {
    fn closed(closed: Closed) -> Self {
        let (title, status) = (closed.heading.to_owned(), Some(closed.status));
        Self { title, status, body: closed.view().into_any() }
    }

    fn open(title: String, body: impl IntoView + 'static) -> Self {
        Self { title, status: None, body: body.into_any() }
    }
}

async fn load(request: &Request, form: AcceptForm, messages: Messages) -> Result<Page> {
    let token = request.text_param("token");
    let invitation = match token.parse() {
        Ok(token) => find(request.backend(), &token).await?,
        Err(_) => None,
    };
    let Some(invitation) = invitation else { return Ok(Page::closed(unknown())) };
    let viewer = request.user().ok();
    if let Some(closed) = closed(&invitation, viewer.as_ref()) {
        return Ok(Page::closed(closed));
    }
    let (address, title) =
        (routes::invitation(&token), format!("Join {}", invitation.organization));
    Ok(match viewer {
        Some(user) if user.email == invitation.email => {
            Page::open(title, as_oneself(address, &invitation))
        }
        Some(user) => Page {
            title: "This invitation is for somebody else".to_owned(),
            status: Some(StatusCode::FORBIDDEN),
            body: as_another(address, &invitation, &user).into_any(),
        },
        None if invitation.has_account => Page::open(title, signed_out(&address, &invitation)),
        None => Page::open(title, as_new(address, &invitation, form, &messages)),
    })
}

fn frame(request: &Request, page: Page) -> impl IntoView + use<> {
    let notice = request.notice();
    view! {
        <Title text=format!("{} · Latchkey", page.title) />
        <PlainFrame theme=request.theme() theme_action=routes::THEME return_to=request.address()>
            {notice.map(notice_banner)}
            {page.body}
        </PlainFrame>
    }
}

fn facts(invitation: &Invitation) -> impl IntoView + use<> {
    let (inviter, email) = (invitation.inviter.clone(), invitation.email.clone());
    let (role, until) = (title(invitation.role), invitation.expires_at);
    view! {
        <h1>{format!("Join {}", invitation.organization)}</h1>
        <DescriptionList>
            <Description term="Invited by">{inviter}</Description>
            <Description term="For">{email}</Description>
            <Description term="Role">{role}</Description>
            <Description term="Works until">{when::time_view(until)}</Description>
        </DescriptionList>
    }
}

fn as_oneself(address: String, invitation: &Invitation) -> impl IntoView + use<> {
    view! {
        {facts(invitation)}
        <form method="post" action=address class="stack">
            <SubmitOnce />
            <Button kind=ButtonKind::Primary>"Accept invitation"</Button>
        </form>
    }
}

fn as_new(
    address: String,
    invitation: &Invitation,
    form: AcceptForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let hint = format!("At least {PASSWORD_MIN} characters. A few words in a row do well.");
    view! {
        {facts(invitation)}
        <ErrorSummary messages=messages.all() />
        <form method="post" action=address class="stack">
            <SubmitOnce />
            // Password managers keep it with the address.
            <input type="hidden" name="username" value=invitation.email.clone() autocomplete="username" />
            <TextField
                label="Your name"
                name="name"
                value=form.name
                error=messages.of("name")
                autocomplete="name"
                required=true
            />
            <PasswordField
                label="New password"
                name="password"
                hint
                error=messages.of("password")
                autocomplete="new-password"
                required=true
            />
            <Button kind=ButtonKind::Primary>"Accept invitation"</Button>
        </form>
    }
}

fn signed_out(address: &str, invitation: &Invitation) -> impl IntoView + use<> {
    let text = format!("{} has an account already. Sign in with it to accept.", invitation.email);
    view! {
        {facts(invitation)}
        <p>{text}</p>
        <p>
            <LinkButton href=routes::sign_in_then(address) kind=ButtonKind::Primary>
                "Sign in to accept"
            </LinkButton>
        </p>
    }
}

fn as_another(address: String, invitation: &Invitation, user: &User) -> impl IntoView + use<> {
    let text = format!(
        "It lets {} join {}, and you are signed in as {}.",
        invitation.email, invitation.organization, user.email
    );
    view! {
        <h1>"This invitation is for somebody else"</h1>
        <p>{text}</p>
        <p>"If that is you too, sign out and open the invitation as the other one."</p>
        <form method="post" action=routes::SIGN_OUT class="cluster">
            <input type="hidden" name="next" value=address />
            <Button kind=ButtonKind::Primary>"Sign out and switch"</Button>
            <LinkButton href=routes::ORGANIZATIONS>"Your organizations"</LinkButton>
        </form>
    }
}
