//! `POST /.latchkey/revoke`: whoever shows a key ends it. The same address at every vendor's host.

use axum::body::{Body, to_bytes};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::keys::revoke_by_possession::{Holder, revoke_by_possession};
use domain::profiles::{Problem, Profile};
use domain::text::Note;
use domain::{Backend, Error};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

use super::surface::{bad_request, json, method_not_allowed, problem};

/// Where it is.
pub const PATH: &str = "/.latchkey/revoke";
/// The longest body, in bytes.
const BODY_MAX: usize = 4 * 1024;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// What may be said with it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Letter {
    reason: String,
}

/// Revokes the holder's key. Who holds none was refused before, like any other caller.
pub async fn revoke(
    backend: Arc<Backend>,
    profile: String,
    method: Method,
    holder: Holder,
    body: Body,
) -> Response {
    let Some(profile) = backend.profiles.get(&profile) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if method != Method::POST {
        return method_not_allowed(profile, "POST");
    }
    let note = match read(profile, body).await {
        Ok(note) => note,
        Err(answer) => return answer,
    };
    match revoke_by_possession(&backend, &holder, note.as_ref()).await {
        Ok(()) => json(StatusCode::OK, r#"{"revoked":true}"#.into()),
        Err(Error::Unavailable) => problem(profile, Problem::Unavailable),
        Err(error) => {
            tracing::error!(%error, "a key could not be revoked by possession");
            problem(profile, Problem::Internal)
        }
    }
}

/// The reason, where one is given: `{"reason": "…"}`. No body will do as well.
async fn read(profile: &Profile, body: Body) -> Result<Option<Note>, Response> {
    let Ok(Ok(body)) = tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_MAX)).await else {
        return Err(bad_request(profile, "The request body is too large or did not arrive"));
    };
    let letter: Letter = if body.is_empty() {
        Letter::default()
    } else {
        // A list would pass for a letter, too.
        let letter = serde_json::from_slice::<Map<String, Value>>(&body)
            .and_then(|fields| serde_json::from_value(Value::Object(fields)));
        letter.map_err(|_| {
            bad_request(profile, r#"The request body must be empty or {"reason": "…"}"#)
        })?
    };
    Note::parse(&letter.reason).map_err(|rule| bad_request(profile, &format!("reason: {rule}")))
}
