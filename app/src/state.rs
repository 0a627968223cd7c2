//! What pages and actions share, and what the server tells them of a request.

use axum::extract::FromRef;
use axum::http::request::Parts;
use domain::audit::Origin;
use domain::users::{Fresh, User};
use domain::{Backend, Error, Result};
use leptos::config::LeptosOptions;
use std::net::IpAddr;
use std::sync::Arc;
use tower_sessions::SessionStore;

use crate::mail::Mail;
use crate::receipt::Told;
use crate::session::Presence;
use crate::streams::Streams;

/// Handed to every page and action.
#[derive(Clone, Debug)]
pub struct State {
    pub backend: Arc<Backend>,
    pub leptos: LeptosOptions,
    /// Whether browsers reach the dashboard by HTTPS only.
    pub secure_cookies: bool,
    /// By which browsers find the dashboard, for links in letters.
    pub dashboard_url: String,
    /// None: whoever invites hands the link over.
    pub mail: Option<Mail>,
    /// Answers that stay open.
    pub streams: Streams,
    /// Where sessions are kept, for answers that stay open longer than a session may.
    pub sessions: Arc<dyn SessionStore>,
}

impl FromRef<State> for LeptosOptions {
    fn from_ref(state: &State) -> Self {
        state.leptos.clone()
    }
}

/// The request's id, by which its log lines are found.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Viewer(pub User);

/// What the page before left to be said on this one.
#[derive(Clone, Debug)]
pub(crate) struct Notice(pub Told);

/// Where the request comes from, as far as that is known; the server says it, which knows whose
/// headers to believe.
#[derive(Clone, Copy, Debug)]
pub struct Caller(pub Option<IpAddr>);

/// From where the request comes.
pub(crate) fn origin(parts: &Parts) -> Origin {
    let caller = parts.extensions.get::<Caller>();
    let request_id = parts.extensions.get::<RequestId>();
    Origin {
        ip: caller.and_then(|Caller(ip)| *ip),
        request_id: request_id.map(|RequestId(id)| id.clone()),
    }
}

/// Proof that whoever sends the request has lately given their password.
pub(crate) fn fresh(parts: &Parts, backend: &Backend) -> Result<Fresh> {
    let presence = parts.extensions.get::<Presence>().ok_or(Error::Unauthenticated)?;
    presence.fresh(backend.clock.now_ms())
}
