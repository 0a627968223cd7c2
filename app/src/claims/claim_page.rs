//! What a claim's link opens: make the first key, or why that is not possible.

use axum::http::StatusCode;
use domain::approvals::{Permits, closed_by, permits};
use domain::claims::{Claim, find};
use domain::keys::Environment;
use domain::profiles::Profile;
use domain::users::User;
use domain::{Error, Result};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;

use super::actions::ClaimForm;
use super::closed::{closed, unknown};
use crate::pages::{Messages, Request, notice_banner, rejected, shown};
use crate::ui::{
    Banner, Button, ButtonKind, Choice, Description, DescriptionList, ErrorSummary, LinkButton,
    PlainFrame, RadioGroup, SubmitOnce, TextField, Tone,
};
use crate::{routes, when};

#[component]
pub fn ClaimPage() -> impl IntoView {
    let (form, messages) = rejected::<ClaimForm>();
    let request = Request::routed();
    let response = use_context::<ResponseOptions>();
    shown(async move {
        let request = request.ok_or_else(|| Error::Internal("a page without a request".into()))?;
        let (title, status, body) = load(&request, form, &messages).await?;
        if let (Some(response), Some(status)) = (response, status) {
            response.set_status(status);
        }
        Ok(frame(&request, &title, body))
    })
}

/// Title, status where it is not 200, and content.
type Page = (String, Option<StatusCode>, AnyView);

async fn load(request: &Request, form: ClaimForm, messages: &Messages) -> Result<Page> {
    let token = request.text_param("token");
    let claim = match token.parse() {
        Ok(token) => find(request.backend(), &token).await?,
        Err(_) => None,
    };
    let viewer = request.user().ok();
    let closed = match &claim {
        None => Some(unknown()),
        Some(claim) => closed(claim, viewer.as_ref()),
    };
    let Some(claim) = claim.filter(|_| closed.is_none()) else {
        let closed = closed.unwrap_or_else(unknown);
        return Ok((closed.heading.to_owned(), Some(closed.status), closed.view().into_any()));
    };
    let address = routes::claim(&token);
    let title = format!("The first key of {}", claim.organization);
    Ok(match viewer {
        None => (title, None, signed_out(&address, &claim).into_any()),
        Some(user) if Some(user.id) == claim.accepted_by => {
            (title, None, as_oneself(request, address, &claim, form, messages).await?)
        }
        Some(user) if user.email == claim.email => {
            ("Accept your invitation first".to_owned(), None, not_joined(&claim).into_any())
        }
        Some(user) => (
            "This link is for somebody else".to_owned(),
            Some(StatusCode::FORBIDDEN),
            as_another(address, &claim, &user).into_any(),
        ),
    })
}

fn frame(request: &Request, title: &str, body: AnyView) -> AnyView {
    let notice = request.notice();
    view! {
        <Title text=format!("{title} · Latchkey") />
        <PlainFrame theme=request.theme() theme_action=routes::THEME return_to=request.address()>
            {notice.map(notice_banner)}
            {body}
        </PlainFrame>
    }
    .into_any()
}

fn facts(claim: &Claim) -> impl IntoView + use<> {
    let (email, until) = (claim.email.clone(), claim.expires_at);
    view! {
        <h1>{format!("The first key of {}", claim.organization)}</h1>
        <DescriptionList>
            <Description term="For">{email}</Description>
            <Description term="Works until">{when::time_view(until)}</Description>
        </DescriptionList>
    }
}

async fn as_oneself(
    request: &Request,
    address: String,
    claim: &Claim,
    form: ClaimForm,
    messages: &Messages,
) -> Result<AnyView> {
    let admin = request.member_of(&claim.slug).await?.admin()?;
    let profile = request.backend().profiles.of(admin.organization())?;
    let permits = permits(request.backend(), &admin).await?;
    let environments = permits.environments(profile);
    let is_open = |environment: &Environment| permits.missing(profile, *environment).is_empty();
    let Some(first) = environments.iter().copied().find(is_open) else {
        return Ok(waiting(claim, profile, &permits).into_any());
    };
    let choices = environments.iter().map(|environment| choice(profile, &permits, *environment));
    let or = |value: String, otherwise: &str| {
        if value.is_empty() && messages.is_empty() { otherwise.to_owned() } else { value }
    };
    let (name, environment) = (or(form.name, "First key"), or(form.environment, first.as_str()));
    let what = format!(
        "It may read and write, and expires in {} days. It is shown once, on the next page, and this link has done its work.",
        ClaimForm::LIFETIME_DAYS
    );
    let view = view! {
        {facts(claim)}
        <ErrorSummary messages=messages.all() />
        <form method="post" action=address class="stack">
            <SubmitOnce />
            <TextField
                label="Name of the key"
                name="name"
                value=name
                error=messages.of("name")
                autocomplete="off"
                required=true
            />
            <RadioGroup
                legend="Environment"
                name="environment"
                choices=choices.collect()
                value=environment
                error=messages.of("environment")
            />
            <p class="muted">{what}</p>
            <Button kind=ButtonKind::Primary>"Reveal the key"</Button>
        </form>
    };
    Ok(view.into_any())
}

fn choice(profile: &Profile, permits: &Permits, environment: Environment) -> Choice {
    let label = match environment {
        Environment::Live => "Live",
        Environment::Test => "Test",
    };
    let prefix = || format!("Begins with {}", profile.key_prefix(environment).unwrap_or_default());
    let closed = closed_by(&permits.missing(profile, environment));
    Choice::new(environment.as_str(), label)
        .hint(closed.map_or_else(prefix, |text| format!("{text}.")))
}

fn waiting(claim: &Claim, profile: &Profile, permits: &Permits) -> impl IntoView + use<> {
    let environments = permits.environments(profile);
    let first = environments.last().map(|environment| permits.missing(profile, *environment));
    let sentence = closed_by(&first.unwrap_or_default())
        .unwrap_or("There are no environments to make keys for");
    view! {
        {facts(claim)}
        <Banner tone=Tone::Warning title="No key can be made yet">
            {format!("{sentence}. This link stays as it is until then.")}
        </Banner>
        <p>
            <LinkButton href=routes::overview(&claim.slug)>"Go to the organization"</LinkButton>
        </p>
    }
}

fn signed_out(address: &str, claim: &Claim) -> impl IntoView + use<> {
    let text = format!(
        "Sign in as {} to reveal it. If you have no account yet, accept the invitation first: it came apart from this link.",
        claim.email
    );
    view! {
        {facts(claim)}
        <p>{text}</p>
        <p>
            <LinkButton href=routes::sign_in_then(address) kind=ButtonKind::Primary>
                "Sign in to go on"
            </LinkButton>
        </p>
    }
}

fn not_joined(claim: &Claim) -> impl IntoView + use<> {
    let text = format!(
        "The key belongs to {}, which you have not joined yet. The invitation came to you apart from this link.",
        claim.organization
    );
    view! {
        <h1>"Accept your invitation first"</h1>
        <p>{text}</p>
        <p>"Then open this link again. It works until " {when::time_view(claim.expires_at)} "."</p>
    }
}

fn as_another(address: String, claim: &Claim, user: &User) -> impl IntoView + use<> {
    let text = format!("It is for {}, and you are signed in as {}.", claim.email, user.email);
    view! {
        <h1>"This link is for somebody else"</h1>
        <p>{text}</p>
        <p>"If that is you too, sign out and open the link as the other one."</p>
        <form method="post" action=routes::SIGN_OUT class="cluster">
            <input type="hidden" name="next" value=address />
            <Button kind=ButtonKind::Primary>"Sign out and switch"</Button>
            <LinkButton href=routes::ORGANIZATIONS>"Your organizations"</LinkButton>
        </form>
    }
}
