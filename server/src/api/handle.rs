//! A request's way: whose API is it, who is calling, what is asked for. Who is not let in does not
//! learn which paths there are.

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::keys::revoke_by_possession::Holder;
use domain::profiles::{Problem, Profile};
use domain::verification::{Demand, Grant, Verdict, verify};
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::notes::{refusal, with_notes};
use super::surface::{Surface, method_not_allowed, problem};
use super::target::{Endpoint, Target, host};
use super::{Shared, client, collection, key_of, possession, rules};
use crate::gateway::Origin;

/// An answer on its way. What memory answers is there at once, and costs no allocation.
pub enum Answering {
    Now(Option<Response>),
    Later(Pin<Box<dyn Future<Output = Response> + Send>>),
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(_) => f.write_str("Now(…)"),
            Self::Later(_) => f.write_str("Later(…)"),
        }
    }
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            // Nobody asks again after the answer.
            Self::Now(response) => Poll::Ready(Ok(response.take().unwrap_or_default())),
            Self::Later(future) => future.as_mut().poll(context).map(Ok),
        }
    }
}

/// Answers any request of the API listener.
pub fn handle(shared: &Arc<Shared>, request: Request) -> Answering {
    let (request, body) = request.into_parts();
    let Caller { profile, place, surface, endpoint, verdict } = match identify(shared, &request) {
        Ok(caller) => caller,
        Err(answer) => return Answering::Now(Some(for_method(&request.method, *answer))),
    };
    if request.uri.path() == possession::PATH {
        return end_key(shared, profile, surface, &verdict, &request, body);
    }
    let answer = match verdict {
        Verdict::Refused(reason, grant) => refusal(surface, reason, grant.as_ref()),
        Verdict::Accepted(grant) if shared.gateway.serves(&grant) => {
            let answer = from_upstream(Arc::clone(shared), place, grant, request, body);
            return Answering::Later(Box::pin(answer));
        }
        Verdict::Accepted(grant) => {
            let answer = match (endpoint, rules::lacking(profile, &request)) {
                (Endpoint::Nothing, _) => problem(profile, Problem::NotFound),
                (_, Some(lack)) => problem(profile, lack),
                (Endpoint::Document(place, _), _) if reads(&request.method) => {
                    surface.document(place)
                }
                (Endpoint::Document(..), _) => method_not_allowed(profile, "GET, HEAD"),
                (Endpoint::Collection(_) | Endpoint::Item(..), None) => {
                    let answer = from_collection(Arc::clone(shared), grant, request, body);
                    return Answering::Later(Box::pin(answer));
                }
            };
            with_notes(answer, &grant)
        }
    };
    Answering::Now(Some(for_method(&request.method, answer)))
}

/// Revokes the key for whoever holds it.
fn end_key(
    shared: &Shared,
    profile: &Profile,
    surface: &Surface,
    verdict: &Verdict,
    request: &Parts,
    body: Body,
) -> Answering {
    match Holder::of(verdict, possession::origin(request)) {
        Ok(holder) => {
            let (backend, profile) = (Arc::clone(&shared.backend), profile.name.clone());
            let method = request.method.clone();
            let answer = possession::revoke(backend, profile, method, holder, body);
            Answering::Later(Box::pin(answer))
        }
        Err(reason) => Answering::Now(Some(surface.refusal(reason))),
    }
}

/// Whose API was called, and what is to be said of the caller's key.
struct Caller<'a> {
    profile: &'a Profile,
    place: usize,
    surface: &'a Surface,
    endpoint: Endpoint<'a>,
    verdict: Verdict,
}

fn identify<'a>(shared: &'a Shared, request: &'a Parts) -> Result<Caller<'a>, Box<Response>> {
    let host = host(request);
    let target = Target::find(&shared.backend.profiles, &host, request.uri.path());
    let Some(Target { profile, place, host }) = target else {
        // There is always a first profile.
        return Err(Box::new(StatusCode::NOT_FOUND.into_response()));
    };
    let surface = &shared.surfaces[place];
    let read = reads(&request.method);
    // A service behind describes itself.
    if read
        && !shared.gateway.is_for(&profile.name)
        && let Some(answer) = surface.description(request.uri.path())
    {
        return Err(Box::new(answer));
    }
    // Before anything is said of the key, which whoever listens has seen.
    if profile.https_only && rules::came_in_the_open(request, &shared.trusted, shared.require_https)
    {
        return Err(Box::new(problem(profile, Problem::PlainHttp)));
    }
    // Found before the key is judged, for what it asks of the key; said only to who is let in.
    let endpoint = Endpoint::find(profile, request.uri.path());
    let demand = Demand {
        profile: Some(profile),
        slug: host.slug,
        read,
        write: !read,
        scope: endpoint.scope(!read),
        environment: host.environment,
        ip: client::ip(request, &shared.trusted),
    };
    let presented = key_of::presented(surface, &request.headers);
    let verdict = verify(&shared.backend, presented, demand);
    Ok(Caller { profile, place, surface, endpoint, verdict })
}

/// What the service behind has to say to somebody who is let in.
async fn from_upstream(
    shared: Arc<Shared>,
    place: usize,
    grant: Grant,
    request: Parts,
    body: Body,
) -> Response {
    let Some(profile) = shared.backend.profiles.iter().nth(place) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let surface = &shared.surfaces[place];
    let origin = Origin {
        ip: client::ip(&request, &shared.trusted),
        by_https: client::came_by_https(&request, &shared.trusted),
    };
    let answer = shared.gateway.forward(&grant, surface, origin, request, body).await;
    with_notes(answer.unwrap_or_else(|reason| problem(profile, reason)), &grant)
}

/// What the database has to say to somebody who is let in.
async fn from_collection(
    shared: Arc<Shared>,
    grant: Grant,
    request: Parts,
    body: Body,
) -> Response {
    let backend = &*shared.backend;
    // A key is let in to its own organization's profile only.
    let Some(profile) = backend.profiles.get(&grant.organization.profile) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let call = collection::Call { backend, profile, grant: &grant };
    let answer = match Endpoint::find(profile, request.uri.path()) {
        Endpoint::Collection(collection) => call.answer(collection, None, &request, body).await,
        Endpoint::Item(collection, id) => call.answer(collection, Some(id), &request, body).await,
        Endpoint::Document(..) | Endpoint::Nothing => problem(profile, Problem::NotFound),
    };
    for_method(&request.method, with_notes(answer, &grant))
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// HEAD gets the same headers, as if the body were sent.
fn for_method(method: &Method, answer: Response) -> Response {
    if method != Method::HEAD {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}
