//! The internal listener: verification for programs that ask us, health and readiness. Whoever
//! reaches it, and shows the token where there is one, is trusted.

mod forward_auth;
mod need;
mod question;
mod readiness;
mod refusal;
pub mod token;
mod verify;

pub use readiness::Readiness;
pub use token::Token;

use app::RouteTable;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Json, Response};
use domain::Backend;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;

use crate::Result;
use crate::api::surface::Surface;
use crate::metrics::{Metrics, Traffic};

/// Keys and secrets are short.
const BODY_MAX: usize = 64 * 1024;
/// A kilobyte for each item of a batch.
const BATCH_MAX: usize = verify::ITEMS_MAX * 1024;

/// What Prometheus takes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long a question may take to arrive and to be answered.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the endpoints share.
#[derive(Debug)]
struct Shared {
    backend: Arc<Backend>,
    /// One for each profile, in the profiles' order.
    surfaces: Vec<Surface>,
    traffic: Arc<Traffic>,
}

/// The internal endpoints.
pub fn router(
    backend: Arc<Backend>,
    readiness: Arc<Readiness>,
    token: Option<Token>,
    traffic: Arc<Traffic>,
) -> Result<Router> {
    let (routes, _) = routes(backend, readiness, traffic)?.into_parts();
    let router = routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PATIENCE));
    Ok(match token {
        Some(token) => router.layer(from_fn_with_state(token, token::demand)),
        None => router,
    })
}

/// The question that is asked. Those that come by themselves every few seconds leave no traces.
pub fn route_of(request: &Request) -> Option<String> {
    let path = request.extensions().get::<MatchedPath>()?.as_str();
    (!["/healthz", "/readyz", "/metrics"].contains(&path)).then(|| path.to_owned())
}

/// Its routes, with what they need.
fn routes(
    backend: Arc<Backend>,
    readiness: Arc<Readiness>,
    traffic: Arc<Traffic>,
) -> Result<RouteTable> {
    let figures = Metrics::new(Arc::clone(&backend), Arc::clone(&traffic));
    let figures = RouteTable::new().get("/metrics", metrics).with_state(Arc::new(figures));
    let surfaces = Surface::of_all(&backend.profiles, backend.api)?;
    let ready = RouteTable::new().get("/readyz", ready).with_state(readiness);
    let asked = RouteTable::new()
        .post("/verify", verify::one)
        .post("/verify/batch", verify::batch.layer(DefaultBodyLimit::max(BATCH_MAX)))
        .any("/forward-auth", forward_auth::by_headers)
        .any("/forward-auth/{*rest}", forward_auth::by_path)
        .get("/datastores", datastores)
        .get("/refusal", refusal::refusal)
        .with_state(Arc::new(Shared { backend, surfaces, traffic }));
    Ok(RouteTable::new().get("/healthz", healthy).merge(ready).merge(figures).merge(asked))
}

/// The process runs and answers.
async fn healthy() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// Which databases there are for documents, and whether each answers.
async fn datastores(State(shared): State<Arc<Shared>>) -> Response {
    let all = shared.backend.datastores.iter().map(|datastore| {
        let reach = &datastore.reach;
        json!({
            "name": datastore.name,
            "up": datastore.is_up(),
            "profile": reach.profile,
            "environment": reach.environment,
            "organization": reach.organization,
        })
    });
    Json(json!({ "datastores": all.collect::<Vec<_>>() })).into_response()
}

/// Keys can be judged, or why not.
async fn ready(State(readiness): State<Arc<Readiness>>) -> Response {
    let state = readiness.check();
    let status = if state.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(state)).into_response()
}

/// For Prometheus.
async fn metrics(State(metrics): State<Arc<Metrics>>) -> Response {
    match metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
    }
}

async fn not_found() -> Response {
    error(
        StatusCode::NOT_FOUND,
        "there is nothing here; see POST /verify, POST /verify/batch, GET /forward-auth, GET /metrics, GET /healthz and GET /readyz",
    )
}

async fn method_not_allowed() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "this path has another method")
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
