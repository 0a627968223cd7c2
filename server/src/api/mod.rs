//! The API listener: every vendor's API, for programs with a key.

mod client;
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

use axum::extract::Request;
use axum::response::Response;
use domain::Backend;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::Semaphore;
use tower::Service;

use crate::Result;
use crate::gateway::Gateway;
use crate::metrics::Traffic;
use handle::Answering;
use surface::Surface;

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
        let surfaces = Surface::of_all(&backend.profiles)?;
        let logins = Semaphore::new(LOGINS_AT_ONCE);
        Ok(Self(Arc::new(Shared {
            backend,
            surfaces,
            trusted,
            require_https,
            gateway,
            traffic,
            logins,
        })))
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
        handle::handle(&self.0, request)
    }
}
