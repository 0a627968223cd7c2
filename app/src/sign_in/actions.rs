//! What the sign-in form and the sign-out button do.

use axum::extract::State as Shared;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::users::authenticate::{Passed, authenticate};
use domain::users::second_factor::check::check;
use domain::{Error, FieldError, Rule};
use tower_sessions::Session;

use crate::act::{NOTICE, fail, refuse};
use crate::form::Form;
use crate::router::is_page;
use crate::state::{State, origin};
use crate::{routes, session as sessions};

/// The form's fields, but for the password, which goes nowhere else.
#[derive(Clone, Debug, Default)]
pub struct SignInForm {
    pub email: String,
    pub next: String,
}

#[derive(serde::Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Sent {
    email: String,
    password: String,
    next: String,
}

/// Signs in under a new session id and goes to where the visitor wanted to go.
pub async fn sign_in(
    Shared(state): Shared<State>,
    session: Session,
    parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let (email, password) = (sent.email.as_str(), sent.password.into());
    let next =
        if is_page(&sent.next) { sent.next.clone() } else { routes::ORGANIZATIONS.to_owned() };
    let (backend, from) = (&state.backend, origin(&parts));
    let passed = match authenticate(backend, email, password, &from).await {
        Ok(Some(passed)) => passed,
        Ok(None) => {
            let errors = vec![FieldError { field: "email", rule: Rule::NotAChoice }];
            let form = SignInForm { email: sent.email, next: sent.next };
            return refuse(&state, parts, errors, form).await;
        }
        Err(error) => return fail(&state, parts, error).await,
    };
    let now = backend.clock.now_ms();
    let (begun, next) = match passed {
        Passed::In(signed_in) => (sessions::begin(&session, signed_in, now).await, next),
        Passed::CodeNeeded(signed_in) => {
            (sessions::begin_half(&session, signed_in, now).await, routes::sign_in_code_then(&next))
        }
    };
    match begun {
        Ok(()) => Redirect::to(&next).into_response(),
        Err(error) => fail(&state, parts, error).await,
    }
}

/// The second step's fields, but for the code.
#[derive(Clone, Debug, Default)]
pub struct CodeForm {
    pub next: String,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct SentCode {
    code: String,
    next: String,
}

/// Takes the code of somebody who has given their password just before, and signs them in under
/// another new session id.
pub async fn enter_code(
    Shared(state): Shared<State>,
    session: Session,
    parts: Parts,
    Form(sent): Form<SentCode>,
) -> Response {
    let (backend, now) = (&state.backend, state.backend.clock.now_ms());
    let form = CodeForm { next: sent.next };
    let next = if is_page(&form.next) { &form.next } else { routes::ORGANIZATIONS };
    let entered = async {
        let Some(signed_in) = sessions::half(&session, now).await? else { return Ok(false) };
        if !check(backend, signed_in.user_id, &sent.code, &origin(&parts)).await? {
            return Err(Error::invalid("code", Rule::WrongCode));
        }
        sessions::begin(&session, signed_in, now).await?;
        Ok(true)
    };
    match entered.await {
        Ok(true) => Redirect::to(next).into_response(),
        // They took too long, or never gave a password.
        Ok(false) => Redirect::to(&routes::sign_in_then(next)).into_response(),
        Err(Error::Invalid(errors)) => refuse(&state, parts, errors, form).await,
        Err(error) => fail(&state, parts, error).await,
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct SignOutForm {
    next: String,
}

/// Ends the session, and goes to where the form says: to the sign-in page, or back to a page for
/// somebody else.
pub async fn sign_out(
    Shared(state): Shared<State>,
    session: Session,
    parts: Parts,
    form: Result<Form<SignOutForm>, Response>,
) -> Response {
    // A form without fields signs out as well.
    let form = form.map(|Form(form)| form).unwrap_or_default();
    let next = if is_page(&form.next) { &form.next } else { routes::SIGN_IN };
    let signed_out = async {
        session.flush().await?;
        session.insert(NOTICE, "You are signed out").await
    };
    match signed_out.await {
        Ok(()) => Redirect::to(next).into_response(),
        Err(_) => fail(&state, parts, Error::Unavailable).await,
    }
}
