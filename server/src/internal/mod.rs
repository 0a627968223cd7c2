//! The internal listener: verification for gateways that ask us, health and readiness. Whoever
//! reaches it is trusted.

mod readiness;
mod verify;

pub use readiness::Readiness;

use app::RouteTable;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use domain::Backend;
use serde_json::json;
use std::sync::Arc;

/// Keys and secrets are short.
const BODY_MAX: usize = 64 * 1024;

/// The internal endpoints.
pub fn router(backend: Arc<Backend>, readiness: Arc<Readiness>) -> Router {
    let (routes, _) = routes(backend, readiness).into_parts();
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

/// Its routes, with what they need.
pub fn routes(backend: Arc<Backend>, readiness: Arc<Readiness>) -> RouteTable {
    let ready = RouteTable::new().get("/readyz", ready).with_state(readiness);
    let verify = RouteTable::new().post("/verify", verify::verify).with_state(backend);
    RouteTable::new().get("/healthz", healthy).merge(ready).merge(verify)
}

/// The process runs and answers.
async fn healthy() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// Keys can be judged.
async fn ready(State(readiness): State<Arc<Readiness>>) -> Response {
    match readiness.check() {
        Ok(keys) => Json(json!({ "status": "ready", "keys": keys })).into_response(),
        Err(reason) => {
            let body = Json(json!({ "status": "not ready", "reason": reason }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

async fn not_found() -> Response {
    error(
        StatusCode::NOT_FOUND,
        "there is nothing here; see POST /verify, GET /healthz and GET /readyz",
    )
}

async fn method_not_allowed() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "this path has another method")
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
