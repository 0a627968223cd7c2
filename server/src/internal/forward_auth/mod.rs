//! `/forward-auth`: a proxy asks whether a request that it holds may pass. It may: 200 and who is
//! calling, in header fields for the proxy to copy. It may not: the answer that the profile has for
//! that, for the proxy to pass on.

mod options;
mod original;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use domain::profiles::Endpoint;
use domain::verification::{Demand, Verdict, verify};
use std::sync::Arc;

use super::need::Need;
use super::{Shared, error};
use crate::api::key_of;
use crate::api::notes::{refusal, with_notes};
use crate::api::target::{Target, bare};
use crate::calls::{Arrival, Story, subject};
use crate::identity;
use options::Options;
use original::Original;

/// In the place of a profile's name: the host tells it.
const BY_HOST: &str = "by-host";

/// For proxies that say in header fields what they were asked (nginx, Caddy, Traefik).
pub async fn by_headers(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let answer = Options::parse(&request.uri).and_then(|options| {
        let original = Original::of_headers(&request.headers)?;
        // Some proxies send it along. No client may choose what is asked of it.
        if original.query.is_some() && original.query == request.uri.query() {
            return Err("the client's query came along: give the proxy an address with a query of its own, or with an empty one, /forward-auth?");
        }
        decide(&shared, &request, &original, &options)
    });
    answer.unwrap_or_else(|message| error(StatusCode::BAD_REQUEST, message))
}

/// For proxies that send the original request's method, host and path, with something put in front
/// of the path (Envoy): `/forward-auth/PROFILE`, or `/forward-auth/by-host`. All that follows is the
/// client's, so nothing of it is an option.
pub async fn by_path(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let answer = Original::of_request(&request).and_then(|(profile, original)| {
        let options = Options::of_profile(Some(profile).filter(|name| *name != BY_HOST));
        decide(&shared, &request, &original, &options)
    });
    answer.unwrap_or_else(|message| error(StatusCode::BAD_REQUEST, message))
}

fn decide(
    shared: &Shared,
    request: &Parts,
    original: &Original<'_>,
    options: &Options,
) -> Result<Response, &'static str> {
    let host = original.host.map(bare).unwrap_or_default();
    let Target { profile, place, host } = match &options.profile {
        Some(name) => named(shared, name, &host)?,
        None => Target::find(&shared.backend.profiles, &host, original.path)
            .ok_or("there is no profile")?,
    };
    let need = match (options.need()?, original.method) {
        (Some(need), _) => need,
        (None, Some(method)) => {
            // What the API listener itself would ask for at this path.
            let need = Need::of_method(method)?;
            let scope = Endpoint::scope_behind(profile, original.path, need.write);
            Need { scope, ..need }
        }
        (None, None) => {
            return Err("the original request's method is missing: the proxy should send it");
        }
    };
    let surface = &shared.surfaces[place];
    let demand = Demand {
        profile: Some(profile),
        slug: host.slug,
        read: need.read,
        write: need.write,
        scope: need.scope,
        path: None,
        environment: host.environment,
        ip: original.ip,
    };
    let presented = key_of::presented(surface, &request.headers);
    let arrival = Arrival::now(&shared.backend);
    let verdict = verify(&shared.backend, presented, demand);
    let mut response = match &verdict {
        Verdict::Accepted(key) => {
            let mut response = with_notes(Response::new(Body::empty()), key);
            identity::write(key, response.headers_mut());
            response
        }
        Verdict::Refused(reason, key) => {
            let mut response = refusal(surface, *reason, key.as_ref());
            if options.tells_reason {
                let headers = response.headers_mut();
                headers.insert(identity::REASON, HeaderValue::from_static(reason.as_str()));
                let name = HeaderValue::try_from(&profile.name);
                headers.insert(identity::PROFILE, name.map_err(|_| "the profile cannot be told")?);
            }
            response
        }
    };
    // The next request is judged anew.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let response = arrival.mark(response);
    shared.traffic.count(place, verdict.outcome(), arrival.age());
    if let (Some(key), reason) = subject(&verdict) {
        let story = Story {
            profile,
            place,
            key,
            reason,
            method: original.method.unwrap_or_default(),
            path: original.path,
            ip: original.ip,
            user_agent: request.headers.get(USER_AGENT),
            datastore: None,
            door: None,
        };
        // The proxy waits for nobody: without room the call is not logged.
        let _ = arrival.log(&shared.backend, story, &response);
    }
    Ok(response)
}

/// The profile of that name; the host may name an organization of it.
fn named<'a, 'h>(
    shared: &'a Shared,
    name: &str,
    host: &'h str,
) -> Result<Target<'a, 'h>, &'static str> {
    let profiles = &shared.backend.profiles;
    let found = profiles.iter().enumerate().find(|(_, profile)| profile.name == name);
    let (place, profile) = found.ok_or("there is no such profile")?;
    let host = profile.match_host(host).unwrap_or_default();
    Ok(Target { profile, place, host })
}
