//! A request's way: whose API is it, who is calling, what is asked for. Who is not let in does not
//! learn which paths there are.

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::profiles::Problem;
use domain::verification::{Demand, Verdict, verify};
use std::sync::Arc;

use super::surface::{method_not_allowed, problem};
use super::target::{Endpoint, Target, host};
use super::{Api, collection, key_of};

/// Answers any request of the API listener.
pub async fn handle(State(api): State<Arc<Api>>, request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    let response = answer(&api, request).await;
    if is_head { without_body(response) } else { response }
}

async fn answer(api: &Api, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let host = host(&request);
    let path = request.uri.path();
    let Some(target) = Target::find(&api.backend.profiles, &host, path) else {
        // There is always a first profile.
        return StatusCode::NOT_FOUND.into_response();
    };
    let Target { profile, place, slug } = target;
    let surface = &api.surfaces[place];

    let read = matches!(request.method, Method::GET | Method::HEAD);
    let demand = Demand { profile: Some(profile), slug, read, write: !read };
    let presented = key_of::presented(surface, &request.headers);
    let grant = match verify(&api.backend, presented, demand) {
        Verdict::Accepted(grant) => grant,
        Verdict::Refused(reason, _) => return surface.refusal(reason),
    };

    let call = collection::Call { backend: &api.backend, profile, grant: &grant };
    match (Endpoint::find(profile, path), read) {
        (Endpoint::Document(place), true) => surface.document(place),
        (Endpoint::Collection(collection), true) => {
            call.list(collection, request.uri.query().unwrap_or_default()).await
        }
        (Endpoint::Collection(collection), false) if request.method == Method::POST => {
            call.create(collection, &request.headers, body).await
        }
        (Endpoint::Item(collection, id), true) => call.get(collection, id).await,
        (Endpoint::Collection(_), false) => method_not_allowed(profile, "GET, HEAD, POST"),
        (Endpoint::Document(_) | Endpoint::Item(..), false) => {
            method_not_allowed(profile, "GET, HEAD")
        }
        (Endpoint::Nothing, _) => problem(profile, Problem::NotFound),
    }
}

/// The same headers, as if the body were sent.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}
