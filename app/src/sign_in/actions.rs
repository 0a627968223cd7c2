//! What the sign-in form and the sign-out button do.

use axum::Form;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, FieldError, Rule, users};
use leptos::prelude::provide_context;
use tower_sessions::Session;

use crate::act::{NOTICE, Rejected};
use crate::pages::Instead;
use crate::router::{USER, render};
use crate::routes;
use crate::state::State;

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
    let next = if routes::is_local(&sent.next) {
        sent.next.clone()
    } else {
        routes::ORGANIZATIONS.to_owned()
    };
    let user = match users::authenticate::authenticate(&state.backend, email, password).await {
        Ok(Some(user)) => user,
        Ok(None) => return wrong(&state, parts, sent.email, sent.next).await,
        Err(error) => return fail(&state, parts, error).await,
    };
    // A new id: one that somebody planted before is worth nothing now.
    let signed_in = async {
        session.cycle_id().await?;
        session.insert(USER, user.id).await
    };
    match signed_in.await {
        Ok(()) => Redirect::to(&next).into_response(),
        Err(_) => fail(&state, parts, Error::Unavailable).await,
    }
}

/// Ends the session.
pub async fn sign_out(Shared(state): Shared<State>, session: Session, parts: Parts) -> Response {
    let signed_out = async {
        session.flush().await?;
        session.insert(NOTICE, "You are signed out").await
    };
    match signed_out.await {
        Ok(()) => Redirect::to(routes::SIGN_IN).into_response(),
        Err(_) => fail(&state, parts, Error::Unavailable).await,
    }
}

async fn wrong(state: &State, parts: Parts, email: String, next: String) -> Response {
    let errors = vec![FieldError { field: "email", rule: Rule::NotAChoice }];
    let rejected = Rejected { form: SignInForm { email, next }, errors };
    let page = move || provide_context(rejected.clone());
    let mut response = render(state, Request::from_parts(parts, Body::empty()), page).await;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

async fn fail(state: &State, parts: Parts, error: Error) -> Response {
    let instead = Instead::Error(error);
    let page = move || provide_context(instead.clone());
    render(state, Request::from_parts(parts, Body::empty()), page).await
}
