//! What a request brings along.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use domain::collections::Document;
use domain::profiles::{Problem, Profile};
use serde_json::Value;
use std::time::Duration;

use crate::api::surface::{bad_request, problem};

/// The longest body, in bytes.
const BODY_MAX: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// The JSON object that the body is, and the body itself.
pub async fn read(
    profile: &Profile,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Document, Bytes), Response> {
    let body = receive(profile, headers, body).await?;
    let value = serde_json::from_slice(&body).map_err(|_| problem(profile, Problem::NotJson))?;
    if has_nul(&value) {
        return Err(bad_request(profile, "Text must not contain the character U+0000"));
    }
    match value {
        Value::Object(document) => Ok((document, body)),
        _ => Err(problem(profile, Problem::NotAnObject)),
    }
}

async fn receive(profile: &Profile, headers: &HeaderMap, body: Body) -> Result<Bytes, Response> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced: Option<usize> = announced.and_then(|length| length.parse().ok());
    if announced.is_some_and(|length| length > BODY_MAX) {
        return Err(problem(profile, Problem::TooLarge));
    }
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_MAX)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_large(&error) => Err(problem(profile, Problem::TooLarge)),
        Ok(Err(_)) | Err(_) => Err(problem(profile, Problem::Incomplete)),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.to_string().contains("length limit exceeded"))
}

/// JSON allows this character in texts, PostgreSQL does not.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
