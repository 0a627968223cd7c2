//! What accepting does.

use axum::Extension;
use axum::extract::{Path, State as Shared};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::audit::Origin;
use domain::invitations::accept::{AccountForm, Joined, accept, accept_as_new};
use domain::{Error, Result};
use tower_sessions::Session;

use crate::act::{NOTICE, fail, refuse};
use crate::form::Form;
use crate::route_table::RouteTable;
use crate::state::{State, Viewer, origin};
use crate::{routes, session as sessions};

pub fn router() -> RouteTable<State> {
    RouteTable::new().post("/invitations/{token}", accept_invitation)
}

/// The fields of somebody new, but for the password, which goes nowhere else.
#[derive(Clone, Debug, Default)]
pub struct AcceptForm {
    pub name: String,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sent {
    name: String,
    password: String,
}

/// Joins, and goes on to the organization. Whatever stands in the way, the invitation's own page
/// tells.
async fn accept_invitation(
    Shared(state): Shared<State>,
    session: Session,
    Path(token): Path<String>,
    viewer: Option<Extension<Viewer>>,
    parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let form = AcceptForm { name: sent.name.clone() };
    let viewer = viewer.map(|Extension(viewer)| viewer);
    match try_accept(&state, &session, &token, viewer, sent, origin(&parts)).await {
        Ok(Some(joined)) => Redirect::to(&routes::overview(&joined.slug)).into_response(),
        Ok(None) => Redirect::to(parts.uri.path()).into_response(),
        Err(Error::Invalid(errors)) => refuse(&state, parts, errors, form).await,
        Err(error) => fail(&state, parts, error).await,
    }
}

async fn try_accept(
    state: &State,
    session: &Session,
    token: &str,
    viewer: Option<Viewer>,
    sent: Sent,
    origin: Origin,
) -> Result<Option<Joined>> {
    let Ok(token) = token.parse() else { return Ok(None) };
    let joined = if let Some(Viewer(user)) = viewer {
        accept(&state.backend, &token, &user, origin).await?
    } else {
        let form = AccountForm { name: sent.name, password: sent.password.into() };
        let joined = accept_as_new(&state.backend, &token, form, origin).await?;
        if let Some(joined) = &joined {
            let now = state.backend.clock.now_ms();
            sessions::begin(session, joined.signed_in, now).await?;
        }
        joined
    };
    if let Some(joined) = &joined {
        let notice = format!("You have joined {}", joined.organization);
        // Who has joined should get there even without the sentence.
        if let Err(error) = session.insert(NOTICE, notice).await {
            tracing::warn!(%error, "a notice could not be kept");
        }
    }
    Ok(joined)
}
