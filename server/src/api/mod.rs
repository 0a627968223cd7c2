//! The API listener: every vendor's API, for programs with a key.

mod collection;
mod handle;
mod key_of;
mod surface;
mod target;

use axum::Router;
use domain::Backend;
use std::sync::Arc;

use crate::Result;
use surface::Surface;

pub use surface::json;

/// What all requests share.
#[derive(Debug)]
struct Api {
    backend: Arc<Backend>,
    /// One for each profile, in the profiles' order.
    surfaces: Vec<Surface>,
}

/// Serves every path itself: which paths there are is the profiles' business.
pub fn router(backend: Arc<Backend>) -> Result<Router> {
    let surfaces = backend.profiles.iter().map(Surface::new).collect::<Result<_>>()?;
    let api = Arc::new(Api { backend, surfaces });
    Ok(Router::new().fallback(handle::handle).with_state(api))
}
