//! A vendor's older way in: a person's address and password for a token.

use axum::body::{Body, to_bytes};
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::audit::Origin;
use domain::logins::log_in::{Asked, LoggedIn, log_in};
use domain::profiles::{Login, Problem, Profile};
use domain::verification::Reason;
use domain::{Backend, Error};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::notes::add_end;
use super::surface::{bad_request, json, method_not_allowed, problem};

/// The longest body, in bytes.
const BODY_MAX: usize = 4 * 1024;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// Answers a login at the profile in this place.
pub async fn answer(
    shared: Arc<Shared>,
    place: usize,
    method: Method,
    ip: Option<IpAddr>,
    body: Body,
) -> Response {
    let backend = &*shared.backend;
    let profile = backend.profiles.iter().nth(place);
    let login = |profile: &'_ Profile| profile.login(backend.clock.now_ms()).cloned();
    let Some((profile, login)) = profile.and_then(|profile| Some((profile, login(profile)?)))
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut answer = if method == Method::POST {
        let token = token(&shared, profile, &login, ip, body);
        token.await.unwrap_or_else(|refused| *refused)
    } else {
        method_not_allowed(profile, "POST")
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    add_end(answer.headers_mut(), login.deprecated);
    answer
}

async fn token(
    shared: &Shared,
    profile: &Profile,
    login: &Login,
    ip: Option<IpAddr>,
    body: Body,
) -> Result<Response, Box<Response>> {
    let backend: &Backend = &shared.backend;
    let asked = read(profile, login, body).await?;
    let origin = Origin { ip, request_id: None };
    let problem = |it| Box::new(problem(profile, it));
    let _slot = shared.logins.try_acquire().map_err(|_| problem(Problem::Unavailable))?;
    match log_in(backend, profile, login, asked, origin).await {
        Ok(LoggedIn::Token(token)) => Ok(json(StatusCode::OK, login.answer(&token).into())),
        Ok(LoggedIn::Refused) => Err(problem(Problem::LoginRefused)),
        Ok(LoggedIn::WhichOrganization) => {
            let field = login.organization_field.as_deref().unwrap_or("organization");
            let words = format!("{field} is required: this user belongs to several organizations");
            Err(Box::new(bad_request(profile, &words)))
        }
        Err(Error::RateLimited { seconds }) => {
            let refusal = profile.refusal(Reason::RateLimited);
            let status =
                StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
            let mut answer = json(status, refusal.body.clone().into());
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
            Err(Box::new(answer))
        }
        Err(Error::Unavailable | Error::Busy) => Err(problem(Problem::Unavailable)),
        Err(error) => {
            tracing::error!(%error, "a login failed");
            Err(problem(Problem::Internal))
        }
    }
}

/// Other fields are none of ours.
async fn read(profile: &Profile, login: &Login, body: Body) -> Result<Asked, Box<Response>> {
    let Ok(Ok(body)) = tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_MAX)).await else {
        return Err(Box::new(problem(profile, Problem::TooLarge)));
    };
    let not_json = |_| Box::new(problem(profile, Problem::NotJson));
    let Value::Object(mut fields) = serde_json::from_slice(&body).map_err(not_json)? else {
        return Err(Box::new(problem(profile, Problem::NotAnObject)));
    };
    let mut text = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(Box::new(bad_request(profile, &format!("{name} must be a string")))),
    };
    let missing = |name: &str| Box::new(bad_request(profile, &format!("{name} is required")));
    Ok(Asked {
        email: text("email")?.ok_or_else(|| missing("email"))?,
        password: text("password")?.ok_or_else(|| missing("password"))?.into(),
        organization: login.organization_field.as_deref().map(text).transpose()?.flatten(),
    })
}
