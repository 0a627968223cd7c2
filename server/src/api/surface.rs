//! What a profile looks like on the wire, prepared once: nothing is rendered, parsed or copied for
//! an answer that stays the same.

use axum::body::{Body, Bytes};
use axum::http::header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use domain::ApiPlace;
use domain::profiles::{Answer, Problem, Profile, Profiles};
use domain::verification::Reason;

use super::reference;
use crate::{Failure, Result};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const NO_SCRIPTS: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
);
/// What a client that came at a bad moment should wait, in seconds.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// A profile's names and answers as HTTP has them.
#[derive(Debug)]
pub struct Surface {
    pub key_header: HeaderName,
    pub secret_header: Option<HeaderName>,
    /// Where a token for the key may come instead.
    pub token_header: Option<HeaderName>,
    /// By reason.
    refusals: Vec<Fixed>,
    /// In the order of the profile's documents.
    documents: Vec<Bytes>,
    /// What describes the API, for programs and for people.
    openapi: Bytes,
    reference: Bytes,
}

/// An answer that is always the same.
#[derive(Debug)]
struct Fixed {
    status: StatusCode,
    body: Bytes,
}

impl Surface {
    /// One for each profile, in the profiles' order.
    pub fn of_all(profiles: &Profiles, here: ApiPlace) -> Result<Vec<Self>> {
        profiles.iter().map(|profile| Self::new(profile, here)).collect()
    }

    fn new(profile: &Profile, here: ApiPlace) -> Result<Self> {
        let header = |name: &str| {
            HeaderName::try_from(name).map_err(|error| {
                Failure::because(&format!("API profile {}: header {name:?}", profile.name), error)
            })
        };
        let documents = &profile.documents;
        let openapi = profile.openapi(here);
        Ok(Self {
            key_header: header(&profile.key_header)?,
            secret_header: profile.secret_header.as_deref().map(header).transpose()?,
            token_header: profile.token_header().map(header).transpose()?,
            refusals: Reason::ALL
                .iter()
                .map(|reason| Fixed::of(profile.refusal(*reason)))
                .collect(),
            documents: documents.iter().map(|document| document.body.clone().into()).collect(),
            reference: reference::page(&openapi).into(),
            openapi: openapi.to_string().into(),
        })
    }

    /// The answer to a refused request.
    pub fn refusal(&self, reason: Reason) -> Response {
        self.refusals[reason as usize].response()
    }

    /// What describes the API, at the paths that are the same for all vendors.
    pub fn description(&self, path: &str) -> Option<Response> {
        match path {
            "/openapi.json" => Some(json(StatusCode::OK, self.openapi.clone())),
            "/docs" => {
                let mut response = json(StatusCode::OK, self.reference.clone());
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, HTML);
                headers.insert(CONTENT_SECURITY_POLICY, NO_SCRIPTS);
                Some(response)
            }
            _ => None,
        }
    }

    /// The document at this place of the profile's list.
    pub fn document(&self, place: usize) -> Response {
        json(StatusCode::OK, self.documents[place].clone())
    }
}

impl Fixed {
    fn of(answer: &Answer) -> Self {
        Self { status: status(answer), body: answer.body.clone().into() }
    }

    fn response(&self) -> Response {
        let mut response = json(self.status, self.body.clone());
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response
    }
}

/// The answer to a request that cannot be served.
pub fn problem(profile: &Profile, problem: Problem) -> Response {
    Fixed::of(profile.problem(problem)).response()
}

/// The answer to a method that the path does not have.
pub fn method_not_allowed(profile: &Profile, allowed: &str) -> Response {
    let mut response = problem(profile, Problem::MethodNotAllowed);
    if let Ok(allowed) = HeaderValue::try_from(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// The answer to a request that breaks a rule, which is told.
pub fn bad_request(profile: &Profile, message: &str) -> Response {
    Fixed::of(&profile.invalid(message)).response()
}

/// An answer of JSON.
pub fn json(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn status(answer: &Answer) -> StatusCode {
    StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
