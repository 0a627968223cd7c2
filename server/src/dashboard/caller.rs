//! From where a request comes, for the audit log and against guessing.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::api::{TrustedProxies, client};

/// Tells the pages who calls, by the same rule as the API's.
pub async fn tell(State(trusted): State<TrustedProxies>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let ip = client::ip(&parts, &trusted);
    parts.extensions.insert(app::Caller(ip));
    next.run(Request::from_parts(parts, body)).await
}
