//! Pages for what went wrong: what happened and what to do, in plain words.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use domain::Error;
use domain::members::Role;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;

use super::Request;
use crate::ui::{Icon, IconName, LinkButton, PlainFrame};
use crate::{routes, when};

/// What to say of an error.
struct Words {
    status: StatusCode,
    heading: &'static str,
    happened: String,
    advice: String,
}

impl Words {
    fn of(error: &Error, request_id: &str) -> Self {
        let (status, heading, happened, advice) = match error {
            Error::NotFound | Error::Unauthenticated => (
                StatusCode::NOT_FOUND,
                "Page not found",
                "There is no such page, or it belongs to an organization that you are not a member of.".to_owned(),
                "Check the address, or start from your organizations.".to_owned(),
            ),
            Error::Forbidden { needs } => (
                StatusCode::FORBIDDEN,
                "You cannot do this",
                match needs {
                    Role::Owner => "This needs the role owner.",
                    Role::Admin => "This needs the role admin, or owner.",
                    Role::Developer => "This needs the role developer, admin or owner.",
                    Role::Viewer => "This needs a role in the organization.",
                }
                .to_owned(),
                match needs {
                    Role::Owner => "Ask an owner of the organization to do it.".to_owned(),
                    _ => "Ask an owner or admin of the organization to do it, or to give you the role.".to_owned(),
                },
            ),
            Error::RepsOnly => (
                StatusCode::FORBIDDEN,
                "You cannot do this",
                "This is for account reps, the vendor's own staff.".to_owned(),
                "If you are one, ask whoever runs Latchkey to make your account a rep's.".to_owned(),
            ),
            Error::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Latchkey cannot reach its database",
                "Nothing was changed. API keys are still checked from memory meanwhile.".to_owned(),
                "Try again in a moment; this page works again as soon as the database does.".to_owned(),
            ),
            Error::SecondFactorNeeded => (
                StatusCode::FORBIDDEN,
                "This organization asks for a second factor",
                "You can open it once signing in takes a code from your phone, beside your password.".to_owned(),
                "Setting this up takes two minutes.".to_owned(),
            ),
            Error::ProofNeeded => (
                StatusCode::UNAUTHORIZED,
                "Confirm that it is you",
                "What you have asked for needs your password again.".to_owned(),
                "Confirm it on your account's page, then try again.".to_owned(),
            ),
            Error::RateLimited { seconds } => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                "A wrong password or code was given too often, so the next try has to wait.".to_owned(),
                format!("Go back and try again in {}.", when::wait(*seconds)),
            ),
            Error::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many people are signing in just now",
                "Nothing was changed.".to_owned(),
                "Go back and try again in a few seconds.".to_owned(),
            ),
            Error::Conflict(reason) => (
                StatusCode::CONFLICT,
                "This cannot be done any more",
                (*reason).to_owned(),
                "Go back and reload the page to see how things stand now.".to_owned(),
            ),
            Error::Invalid(errors) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The form cannot be used as it is",
                if errors.is_empty() {
                    // Not even fields: no page of ours sends this.
                    "What was sent is too long, or has fields that are missing, doubled or no text.".to_owned()
                } else {
                    errors.iter().map(|error| error.rule.to_string()).collect::<Vec<_>>().join(". ")
                },
                "Go back and try again.".to_owned(),
            ),
            Error::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "This is our fault, not yours. It has been logged.".to_owned(),
                format!("Try again; if it happens again, report the request id {request_id}."),
            ),
        };
        Self { status, heading, happened, advice }
    }
}

/// When programs may try again, in seconds.
fn retry_after(error: &Error) -> Option<u64> {
    match error {
        Error::RateLimited { seconds } => Some(*seconds),
        Error::Busy => Some(5),
        _ => None,
    }
}

/// The page for this error, with its status.
#[component]
pub fn ErrorPage(error: Error) -> impl IntoView {
    let request = Request::current();
    let request_id = request.as_ref().map(Request::id).unwrap_or_default();
    if let Error::Internal(reason) = &error {
        tracing::error!(request_id, reason, "a page failed");
    }
    let words = Words::of(&error, &request_id);
    let asked = request.as_ref().map(Request::address).unwrap_or_default();
    if error == Error::ProofNeeded {
        leptos_axum::redirect(&routes::confirm_then(&asked));
    } else if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(words.status);
        if let Some(seconds) = retry_after(&error) {
            response.insert_header(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
    let (theme, return_to) =
        request.map(|request| (request.theme(), request.address())).unwrap_or_default();
    let (href, label) = match error {
        Error::SecondFactorNeeded => (routes::SECOND_FACTOR, "Set up a second factor"),
        _ => (routes::ORGANIZATIONS, "Your organizations"),
    };
    view! {
        <Title text=format!("{} · Latchkey", words.heading) />
        <PlainFrame theme theme_action=routes::THEME return_to>
            <p class="error-code muted">
                <Icon name=IconName::TriangleAlert />
                {words.status.as_u16()}
            </p>
            <h1>{words.heading}</h1>
            <p>{words.happened}</p>
            <p>{words.advice}</p>
            <p>
                <LinkButton href=href>{label}</LinkButton>
            </p>
        </PlainFrame>
    }
}

/// For addresses that name no page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <ErrorPage error=Error::NotFound /> }
}
