//! The sample collections over HTTP: list, create, get.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::collections::{create, get, list};
use domain::profiles::{Collection, Problem, Profile};
use domain::verification::Grant;
use domain::{Backend, Error};
use serde_json::Value;
use std::time::Duration;

use super::surface::{bad_request, json, problem};

/// The longest body, in bytes.
const BODY_MAX: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// A call that has been let in.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub backend: &'a Backend,
    pub profile: &'a Profile,
    pub grant: &'a Grant,
}

impl Call<'_> {
    /// `GET collection`, with `?cursor=` for the pages after the first.
    pub async fn list(self, collection: &Collection, query: &str) -> Response {
        let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
        let Ok(after) = cursor.filter(|cursor| !cursor.is_empty()).map(str::parse).transpose()
        else {
            return bad_request(self.profile, "The cursor is not one that a page has given");
        };
        match list::list(self.backend, self.grant, &collection.name, after).await {
            Ok(page) => {
                let next = page.next.map(|next| next.to_string());
                let body = collection.render_list(&page.documents, next.as_deref());
                json(StatusCode::OK, body.into())
            }
            Err(error) => self.fail(&error),
        }
    }

    /// `POST collection` with a JSON object.
    pub async fn create(
        self,
        collection: &Collection,
        headers: &HeaderMap,
        body: Body,
    ) -> Response {
        let document = match self.read(headers, body).await {
            Ok(Value::Object(document)) => document,
            Ok(_) => return problem(self.profile, Problem::NotAnObject),
            Err(response) => return response,
        };
        match create::create(self.backend, self.grant, &collection.name, document).await {
            Ok(document) => json(StatusCode::CREATED, document.into()),
            Err(error) => self.fail(&error),
        }
    }

    /// `GET collection/id`.
    pub async fn get(self, collection: &Collection, id: &str) -> Response {
        let Ok(id) = id.parse() else { return problem(self.profile, Problem::NotFound) };
        match get::get(self.backend, self.grant, &collection.name, id).await {
            Ok(document) => json(StatusCode::OK, document.into()),
            Err(error) => self.fail(&error),
        }
    }

    async fn read(self, headers: &HeaderMap, body: Body) -> Result<Value, Response> {
        let body = self.receive(headers, body).await?;
        let value =
            serde_json::from_slice(&body).map_err(|_| problem(self.profile, Problem::NotJson))?;
        if has_nul(&value) {
            return Err(bad_request(self.profile, "Text must not contain the character U+0000"));
        }
        Ok(value)
    }

    async fn receive(self, headers: &HeaderMap, body: Body) -> Result<Bytes, Response> {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let announced: Option<usize> = announced.and_then(|length| length.parse().ok());
        if announced.is_some_and(|length| length > BODY_MAX) {
            return Err(problem(self.profile, Problem::TooLarge));
        }
        match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_MAX)).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(error)) if is_too_large(&error) => Err(problem(self.profile, Problem::TooLarge)),
            Ok(Err(_)) | Err(_) => {
                Err(bad_request(self.profile, "The request body did not arrive completely"))
            }
        }
    }

    fn fail(self, error: &Error) -> Response {
        let answer = match error {
            Error::NotFound => Problem::NotFound,
            Error::Invalid(_) => Problem::TooLarge,
            Error::Unavailable => Problem::Unavailable,
            error => {
                tracing::error!(%error, key = %self.grant.id, "a collection cannot be served");
                Problem::Internal
            }
        };
        problem(self.profile, answer)
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
