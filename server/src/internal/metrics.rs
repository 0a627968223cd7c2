//! `GET /metrics`: what happens here, in the text format of Prometheus.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::fmt::Write;
use std::sync::Arc;

use super::Shared;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Refusals by reason since the start, and how fresh the directory is.
pub async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let backend = &shared.backend;
    let elapsed_ms = backend.clock.elapsed_ms();
    let (organizations, stale) = backend.directory.organizations(elapsed_ms);
    let mut text = String::from(
        "# HELP latchkey_refused_total Requests refused since the start, by reason.\n\
         # TYPE latchkey_refused_total counter\n",
    );
    for (reason, number) in backend.tally.refusals() {
        // Writing into a string does not fail.
        let _ = writeln!(text, "latchkey_refused_total{{reason=\"{}\"}} {number}", reason.as_str());
    }
    let silent_s = backend.directory.silent_for_ms(elapsed_ms) / 1_000;
    for (name, help, value) in [
        ("keys", "Keys in the directory.", backend.directory.len().to_string()),
        ("organizations", "Organizations.", organizations.to_string()),
        (
            "stale_organizations",
            "Organizations whose keys are refused for want of news.",
            stale.to_string(),
        ),
        (
            "database_silent_seconds",
            "Since the database was last heard from.",
            silent_s.to_string(),
        ),
    ] {
        let _ = writeln!(
            text,
            "# HELP latchkey_{name} {help}\n# TYPE latchkey_{name} gauge\nlatchkey_{name} {value}"
        );
    }
    ([(CONTENT_TYPE, TEXT)], text).into_response()
}
