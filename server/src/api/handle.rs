//! A request's way: whose API is it, who is calling, what is asked for. Who is not let in does not
//! learn which paths there are.

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::access_log::Offer;
use domain::audit;
use domain::directory::KeyRecord;
use domain::keys::revoke_by_possession::Holder;
use domain::profiles::{Endpoint, Problem, Profile};
use domain::verification::{Demand, Grant, Outcome, Reason, Verdict, verify_at};
use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::notes::{refusal, with_notes};
use super::surface::{Surface, method_not_allowed, problem};
use super::target::{Target, host};
use super::{Shared, client, collection, key_of, login, possession, rules};
use crate::calls::{Arrival, Story, subject};
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
    let arrival = Arrival::now(&shared.backend);
    let (request, body) = request.into_parts();
    let identified = identify(shared, arrival, &request);
    let Caller { profile, place, surface, endpoint, verdict, ip } = match identified {
        Ok(caller) => caller,
        Err(Early::Answer(answer)) => {
            let answer = arrival.mark(for_method(&request.method, *answer));
            return Answering::Now(Some(answer));
        }
        Err(Early::Login(place, ip)) => {
            let login = login::answer(Arc::clone(shared), place, request.method, ip, body);
            return Answering::Later(Box::pin(async move { arrival.mark(login.await) }));
        }
    };
    let sender = || Sender { arrival, place, ip, request: Signature::of(&request) };
    if request.uri.path() == possession::PATH {
        let sender = sender();
        return end_key(shared, sender, &verdict, &request, body);
    }
    let answer = match &verdict {
        Verdict::Refused(reason, grant) => refusal(surface, *reason, grant.as_ref()),
        Verdict::Accepted(grant) => {
            let is_forwarded = shared.gateway.serves(grant);
            let lack = if is_forwarded { None } else { rules::lacking(profile, &request) };
            let answer = match (endpoint, lack) {
                _ if is_forwarded => None,
                (Endpoint::Nothing, _) => Some(problem(profile, Problem::NotFound)),
                (_, Some(lack)) => Some(problem(profile, lack)),
                (Endpoint::Document(place, _), _) if reads(&request.method) => {
                    Some(surface.document(place))
                }
                (Endpoint::Document(..), _) => Some(method_not_allowed(profile, "GET, HEAD")),
                (Endpoint::Collection(_) | Endpoint::Item(..), None) => None,
            };
            let Some(answer) = answer else {
                let (sender, shared) = (sender(), Arc::clone(shared));
                let answer = elsewhere(shared, sender, verdict, is_forwarded, request, body);
                return Answering::Later(Box::pin(answer));
            };
            with_notes(answer, grant)
        }
    };
    let mut answer = arrival.mark(for_method(&request.method, answer));
    shared.count(place, verdict.outcome(), arrival, &mut answer);
    let (key, reason) = subject(&verdict);
    let Some(key) = key else { return Answering::Now(Some(answer)) };
    let story = Story {
        profile,
        place,
        key,
        reason,
        method: request.method.as_str(),
        path: request.uri.path(),
        ip,
        user_agent: request.headers.get(USER_AGENT),
        datastore: None,
        door: None,
    };
    match arrival.log(&shared.backend, story, &answer) {
        Offer::Done => Answering::Now(Some(answer)),
        Offer::Wait(row) => {
            let shared = Arc::clone(shared);
            Answering::Later(Box::pin(async move {
                shared.backend.access_log.wait(row).await;
                answer
            }))
        }
    }
}

/// What the database, or the service behind, has to say to somebody who is let in.
async fn elsewhere(
    shared: Arc<Shared>,
    sender: Sender,
    verdict: Verdict,
    is_forwarded: bool,
    request: Parts,
    body: Body,
) -> Response {
    let Verdict::Accepted(grant) = &verdict else { return StatusCode::FORBIDDEN.into_response() };
    let (answer, datastore) = if is_forwarded {
        let answer = from_upstream(&shared, &sender, grant, request, body).await;
        (answer, shared.gateway.name_of(grant))
    } else {
        let datastore = shared.backend.route(grant).name();
        (from_collection(&shared, grant, request, body).await, Some(datastore))
    };
    sender.end(&shared, subject(&verdict), datastore, answer).await
}

/// Revokes the key for whoever holds it.
fn end_key(
    shared: &Arc<Shared>,
    sender: Sender,
    verdict: &Verdict,
    request: &Parts,
    body: Body,
) -> Answering {
    let (key, reason) = subject(verdict);
    let (key, shared) = (key.cloned(), Arc::clone(shared));
    let Some(profile) = shared.backend.profiles.iter().nth(sender.place) else {
        return Answering::Now(Some(StatusCode::NOT_FOUND.into_response()));
    };
    let profile = profile.name.clone();
    let origin = audit::Origin { ip: sender.ip, request_id: Some(sender.arrival.id()) };
    let holder = Holder::of(verdict, origin);
    let method = request.method.clone();
    Answering::Later(Box::pin(async move {
        let answer = match holder {
            Ok(holder) => {
                let backend = Arc::clone(&shared.backend);
                possession::revoke(backend, profile, method, holder, body).await
            }
            Err(reason) => shared.surfaces[sender.place].refusal(reason),
        };
        sender.end(&shared, (key.as_ref(), reason), None, answer).await
    }))
}

/// What is known of a caller whose answer comes later.
struct Sender {
    arrival: Arrival,
    /// The profile's place among all.
    place: usize,
    ip: Option<IpAddr>,
    request: Signature,
}

/// What the log says of a request.
struct Signature {
    method: Method,
    uri: Uri,
    user_agent: Option<HeaderValue>,
}

impl Signature {
    fn of(request: &Parts) -> Self {
        Self {
            method: request.method.clone(),
            uri: request.uri.clone(),
            user_agent: request.headers.get(USER_AGENT).cloned(),
        }
    }
}

impl Sender {
    /// Logs the call, and gives its answer the id.
    async fn end(
        &self,
        shared: &Shared,
        (key, reason): (Option<&KeyRecord>, Option<Reason>),
        datastore: Option<&str>,
        answer: Response,
    ) -> Response {
        let mut answer = self.arrival.mark(answer);
        let outcome = reason.map_or(Outcome::Accepted, Outcome::Refused);
        shared.count(self.place, outcome, self.arrival, &mut answer);
        let profile = shared.backend.profiles.iter().nth(self.place);
        let (Some(key), Some(profile)) = (key, profile) else { return answer };
        let story = Story {
            profile,
            place: self.place,
            key,
            reason,
            method: self.request.method.as_str(),
            path: self.request.uri.path(),
            ip: self.ip,
            user_agent: self.request.user_agent.as_ref(),
            datastore,
            door: None,
        };
        if let Offer::Wait(row) = self.arrival.log(&shared.backend, story, &answer) {
            shared.backend.access_log.wait(row).await;
        }
        answer
    }
}

/// Whose API was called, and what is to be said of the caller's key.
struct Caller<'a> {
    profile: &'a Profile,
    place: usize,
    surface: &'a Surface,
    endpoint: Endpoint<'a, 'a>,
    verdict: Verdict,
    ip: Option<IpAddr>,
}

/// What is answered without a look at the key.
enum Early {
    Answer(Box<Response>),
    /// Somebody logs in, at the profile in this place.
    Login(usize, Option<IpAddr>),
}

impl Early {
    fn answer(answer: Response) -> Self {
        Self::Answer(Box::new(answer))
    }
}

fn identify<'a>(
    shared: &'a Shared,
    arrival: Arrival,
    request: &'a Parts,
) -> Result<Caller<'a>, Early> {
    let host = host(request);
    let target = Target::find(&shared.backend.profiles, &host, request.uri.path());
    let Some(Target { profile, place, host }) = target else {
        // There is always a first profile.
        return Err(Early::answer(StatusCode::NOT_FOUND.into_response()));
    };
    let surface = &shared.surfaces[place];
    let read = reads(&request.method);
    let ip = client::ip(request, &shared.trusted);
    // A service behind describes itself.
    if read
        && !shared.gateway.is_for(&profile.name)
        && let Some(answer) = surface.description(request.uri.path())
    {
        return Err(Early::answer(answer));
    }
    let now_ms = || shared.backend.clock.now_ms();
    let is_login =
        profile.login_path() == Some(request.uri.path()) && profile.login(now_ms()).is_some();
    // Before anything is said of the key, which whoever listens has seen. A password is worth more
    // than a key: no vendor has it sent in the open.
    if (profile.https_only || is_login)
        && rules::came_in_the_open(request, &shared.trusted, shared.require_https)
    {
        return Err(Early::answer(problem(profile, Problem::PlainHttp)));
    }
    if is_login {
        return Err(Early::Login(place, ip));
    }
    // Found before the key is judged, for what it asks of the key; said only to who is let in.
    let endpoint = Endpoint::find(profile, request.uri.path());
    let demand = Demand {
        profile: Some(profile),
        slug: host.slug,
        read,
        write: !read,
        scope: if shared.gateway.is_for(&profile.name) {
            Endpoint::scope_behind(profile, request.uri.path(), !read)
        } else {
            endpoint.scope(!read)
        },
        path: None,
        environment: host.environment,
        ip,
    };
    let presented = key_of::presented(surface, &request.headers);
    let verdict = verify_at(&shared.backend, arrival.moment, presented, demand);
    Ok(Caller { profile, place, surface, endpoint, verdict, ip })
}

/// What the service behind has to say.
async fn from_upstream(
    shared: &Shared,
    sender: &Sender,
    grant: &Grant,
    request: Parts,
    body: Body,
) -> Response {
    let Some(profile) = shared.backend.profiles.iter().nth(sender.place) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let surface = &shared.surfaces[sender.place];
    let by_https = client::came_by_https(&request, &shared.trusted);
    let origin = Origin { ip: sender.ip, by_https };
    let answer = shared.gateway.forward(grant, surface, origin, request, body).await;
    with_notes(answer.unwrap_or_else(|reason| problem(profile, reason)), grant)
}

/// What the database has to say.
async fn from_collection(shared: &Shared, grant: &Grant, request: Parts, body: Body) -> Response {
    let backend = &*shared.backend;
    // A key is let in to its own organization's profile only.
    let Some(profile) = backend.profiles.get(&grant.organization.profile) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let call = collection::Call { backend, profile, grant };
    let answer = match Endpoint::find(profile, request.uri.path()) {
        Endpoint::Collection(collection) => call.answer(collection, None, &request, body).await,
        Endpoint::Item(collection, id) => call.answer(collection, Some(id), &request, body).await,
        Endpoint::Document(..) | Endpoint::Nothing => problem(profile, Problem::NotFound),
    };
    for_method(&request.method, with_notes(answer, grant))
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
