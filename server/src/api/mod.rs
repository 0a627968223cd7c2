//! The API listener: every vendor's API, for programs with a key.

pub(crate) mod client;
mod collection;
mod handle;
pub(crate) mod key_of;
mod login;
pub(crate) mod notes;
mod possession;
mod reference;
mod rules;
pub(crate) mod surface;
pub(crate) mod target;
mod traced;

use axum::extract::Request;
use axum::response::Response;
use domain::Backend;
use domain::verification::Outcome;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::Semaphore;
use tower::Service;

use crate::Result;
use crate::calls::Arrival;
use crate::gateway::Gateway;
use crate::metrics::Traffic;
use crate::traces::Traces;
use handle::Answering;
use surface::Surface;
use traced::Judged;

pub use client::TrustedProxies;
pub use surface::json;

/// Further ones are told to come again.
const LOGINS_AT_ONCE: usize = 4;

/// Serves every path itself, without a router: which paths there are is the profiles' business.
#[derive(Clone, Debug)]
pub struct Api(Arc<Shared>);

/// What all requests share.
#[derive(Debug)]
struct Shared {
    backend: Arc<Backend>,
    /// One for each profile, in the profiles' order.
    surfaces: Vec<Surface>,
    trusted: TrustedProxies,
    /// Whether calls from this machine, too, must come by HTTPS where a profile demands it.
    require_https: bool,
    gateway: Gateway,
    traffic: Arc<Traffic>,
    /// Logins by password that may be judged at once: people who sign in need the same processors.
    logins: Semaphore,
    /// None: no call leaves a span.
    traces: Option<Traces>,
}

impl Shared {
    /// Counts an answer of the profile at this place, and lets its span know the verdict.
    fn count(&self, place: usize, outcome: Outcome, arrival: Arrival, answer: &mut Response) {
        self.traffic.count(place, outcome, arrival.age());
        if self.traces.is_some() {
            answer.extensions_mut().insert(Judged(outcome));
        }
    }
}

impl Api {
    /// Answers by itself, or, where the gateway has an upstream, by what that says.
    pub fn new(
        backend: Arc<Backend>,
        trusted: TrustedProxies,
        require_https: bool,
        gateway: Gateway,
        traffic: Arc<Traffic>,
    ) -> Result<Self> {
        let surfaces = Surface::of_all(&backend.profiles, backend.api)?;
        let logins = Semaphore::new(LOGINS_AT_ONCE);
        Ok(Self(Arc::new(Shared {
            backend,
            surfaces,
            trusted,
            require_https,
            gateway,
            traffic,
            logins,
            traces: None,
        })))
    }

    /// The same, whose calls leave spans; before anybody else has it.
    #[must_use]
    pub fn traced(mut self, traces: Option<Traces>) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.traces = traces;
        }
        self
    }
}

impl Service<Request> for Api {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Answering {
        match &self.0.traces {
            None => handle::handle(&self.0, request),
            Some(traces) => traced::handle_traced(&self.0, traces, request),
        }
    }
}
