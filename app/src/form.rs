//! What a form holds, when it is one.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use domain::Error;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::act::fail;
use crate::state::State;

/// The token by which a form counts once: as it came back with what was typed, or a new one.
pub fn token(kept: &str) -> String {
    if kept.is_empty() { Uuid::now_v7().to_string() } else { kept.to_owned() }
}

/// The fields of a form, as axum reads them. What is none, such as one that is too long or has a
/// field twice, gets a page that says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequest<State> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &State) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        let fields = axum::Form::from_request(request, state).await;
        let status = match fields {
            Ok(axum::Form(fields)) => return Ok(Self(fields)),
            Err(rejection) => rejection.status(),
        };
        let mut page = fail(state, parts, Error::Invalid(Vec::new())).await;
        *page.status_mut() = status;
        Err(page)
    }
}
