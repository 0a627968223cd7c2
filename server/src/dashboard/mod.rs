//! The dashboard's listener: what stands around the pages.

mod caller;
mod cross_site;
pub mod files;
mod headers;
mod requests;
pub mod sessions;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use domain::Backend;
use std::sync::Arc;
use std::time::Duration;
use tower::{Layer, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::normalize_path::NormalizePathLayer;
use tower_http::timeout::TimeoutLayer;

use crate::Result;
use crate::config::Config;
use crate::startup::{Addresses, Bound};

/// The longest form, in bytes.
const FORM_MAX: usize = 64 * 1024;
/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The page or form that is asked for; files leave no traces.
pub fn route_of(request: &Request) -> Option<String> {
    app::route_of(request.method(), request.uri().path()).map(str::to_owned)
}

/// Pages, forms and files.
pub fn router(
    backend: Arc<Backend>,
    config: &Config,
    bound: &Bound,
    addresses: &Addresses,
    streams: app::Streams,
) -> Result<Router> {
    let secure = config.public.is_https();
    let store = sessions::Store::new(backend.pools.auth.clone());
    let sessions = sessions::layer(store.clone(), secure);
    let pages = app::router(app::State {
        backend,
        leptos: config.site.leptos_options(bound.addr()),
        secure_cookies: secure,
        dashboard_url: addresses.dashboard.clone(),
        mail: config.mail.clone(),
        streams,
        sessions: Arc::new(store),
    });
    // The outermost layer stands first.
    let around_pages = ServiceBuilder::new()
        .layer(from_fn_with_state(config.public.clone(), cross_site::guard))
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(from_fn_with_state(config.trusted_proxies.clone(), caller::tell))
        .layer(sessions);
    let around_all = ServiceBuilder::new()
        .layer(from_fn(requests::identify))
        .layer(from_fn_with_state(config.public.clone(), headers::add))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(CatchPanicLayer::custom(requests::after_panic));
    let (files, _) = files::routes(&config.site)?.into_parts();
    let routes = files.fallback_service(around_pages.service(pages)).layer(around_all);
    // A path is the same with a slash at its end. This has to be known before it is routed.
    let routes = NormalizePathLayer::trim_trailing_slash().layer(routes);
    Ok(Router::new().fallback_service(tower::ServiceExt::<Request>::map_err(
        routes,
        |never: std::convert::Infallible| never,
    )))
}
