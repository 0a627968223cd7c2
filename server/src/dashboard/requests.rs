//! A request's number, and the line that it leaves in the log.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

/// Numbers the request. An address's query may hold what somebody typed, so that it is not logged.
pub async fn identify(mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().to_string();
    let method = request.method().clone();
    let path = app::routes::for_logs(request.uri().path()).to_owned();
    request.extensions_mut().insert(app::RequestId(id.clone()));
    let began = Instant::now();
    // Lines from within, such as those of the database, carry the number, too.
    let span = tracing::info_span!("request", id = %id);
    let mut response = next.run(request).instrument(span).await;
    let (status, milliseconds) = (response.status().as_u16(), began.elapsed().as_millis());
    tracing::debug!(request = %id, %method, path, status, milliseconds, "dashboard");
    if response.status().is_server_error() {
        tracing::error!(request = %id, %method, path, status, "a page failed");
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// The answer in place of one whose maker panicked. The panic itself is on standard error.
pub fn after_panic(_: Box<dyn Any + Send>) -> Response<Body> {
    (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong. The log tells more.\n")
        .into_response()
}
