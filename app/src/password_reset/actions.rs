//! What the forms for a new password do.

use axum::extract::{Path, State as Shared};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::users::Email;
use domain::users::password_reset::choose::choose;
use domain::users::throttle::Door;
use domain::{Error, Result};
use tower_sessions::Session;

use super::letter;
use crate::act::{NOTICE, fail, refuse};
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::routes;
use crate::session::unreachable;
use crate::state::{State, origin};

pub fn router() -> RouteTable<State> {
    RouteTable::new().post(routes::RESET, ask).post("/reset/{token}", save)
}

/// The form's field.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct AskForm {
    pub email: String,
}

/// Says the same whether or not the address has an account, and as fast.
async fn ask(
    Shared(state): Shared<State>,
    session: Session,
    parts: Parts,
    Form(form): Form<AskForm>,
) -> Response {
    match try_ask(&state, &session, &parts, &form).await {
        Ok(()) => Redirect::to(routes::SIGN_IN).into_response(),
        Err(Error::Invalid(errors)) => refuse(&state, parts, errors, form).await,
        Err(error) => fail(&state, parts, error).await,
    }
}

async fn try_ask(state: &State, session: &Session, parts: &Parts, form: &AskForm) -> Result<()> {
    if state.mail.is_none() {
        return Err(Error::NotFound);
    }
    let email = Email::parse(&form.email).map_err(|rule| Error::invalid("email", rule))?;
    let (now, from) = (state.backend.clock.now_ms(), origin(parts));
    // Each counts, whatever comes of it: nobody's mailbox is filled.
    drop(state.backend.throttle.attempt(Door::Letter, email.as_str(), from.ip, now)?);
    tokio::spawn(letter::send(state.clone(), email.as_str().to_owned()));
    let notice = "If this address has an account, a letter with a link is on its way";
    session.insert(NOTICE, notice).await.map_err(unreachable)
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sent {
    new_password: String,
}

/// Leads to signing in with the new password; whatever stands in the way, the link's own page
/// tells.
async fn save(
    Shared(state): Shared<State>,
    session: Session,
    Path(token): Path<String>,
    parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let saved = async {
        let Ok(token) = token.parse() else { return Ok(false) };
        let new = sent.new_password.into();
        if !choose(&state.backend, &token, new, &origin(&parts)).await? {
            return Ok(false);
        }
        let notice = "Password saved. You are signed out everywhere: sign in with the new one";
        session.insert(NOTICE, notice).await.map_err(unreachable)?;
        Ok(true)
    };
    match saved.await {
        Ok(true) => Redirect::to(routes::SIGN_IN).into_response(),
        Ok(false) => Redirect::to(parts.uri.path()).into_response(),
        Err(Error::Invalid(errors)) => refuse(&state, parts, errors, ()).await,
        Err(error) => fail(&state, parts, error).await,
    }
}
