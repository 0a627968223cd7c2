//! What a profile asks of every request, whatever it is for.

use axum::extract::ConnectInfo;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use domain::profiles::{ContentType, Problem, Profile};
use std::net::SocketAddr;

use super::client::{TrustedProxies, told_https};
use crate::tls::ByTls;

/// Whether anybody on the way here could have read the request. What a trusted proxy says counts;
/// otherwise what comes encrypted to us, and what comes from this machine, unless `strict`.
pub fn came_in_the_open(request: &Parts, trusted: &TrustedProxies, strict: bool) -> bool {
    let Some(ConnectInfo(peer)) = request.extensions.get::<ConnectInfo<SocketAddr>>() else {
        return true;
    };
    if let Some(by_https) = told_https(request, trusted) {
        return !by_https;
    }
    let is_from_here = peer.ip().to_canonical().is_loopback();
    request.extensions.get::<ByTls>().is_none() && (strict || !is_from_here)
}

/// What the request's header fields lack.
pub fn lacking(profile: &Profile, request: &Parts) -> Option<Problem> {
    let has_body = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    let declared = match profile.content_type {
        Some(ContentType::Always) => is_json(&request.headers),
        Some(ContentType::Bodies) => !has_body || is_json(&request.headers),
        None => true,
    };
    if !declared {
        return Some(Problem::ContentType);
    }
    (profile.accept && !accepts_json(&request.headers)).then_some(Problem::Accept)
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| media_type(value).eq_ignore_ascii_case("application/json"))
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let fits = |range: &str| {
        ["application/json", "application/*", "*/*"]
            .iter()
            .any(|known| media_type(range).eq_ignore_ascii_case(known))
    };
    values.flat_map(|value| value.split(',')).any(fits)
}

/// Without its parameters.
fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use domain::profiles::Profiles;

    fn parts(method: &str, headers: &[(&str, &str)]) -> Option<Parts> {
        let request = headers
            .iter()
            .fold(Request::builder().method(method), |it, (name, value)| it.header(*name, *value));
        Some(request.body(()).ok()?.into_parts().0)
    }

    #[test]
    fn each_vendor_asks_for_what_its_documents_say() -> domain::Result<()> {
        let profiles = Profiles::built_in()?;
        let lack = |profile, method, headers: &[(&str, &str)]| {
            lacking(profiles.get(profile)?, &parts(method, headers)?)
        };
        let json = ("content-type", "Application/JSON; charset=utf-8");
        for profile in ["delphos", "clinikapi", "delivr"] {
            assert_eq!(lack(profile, "POST", &[]), None, "{profile}");
        }
        assert_eq!(lack("deliverty", "GET", &[]), None);
        assert_eq!(lack("deliverty", "POST", &[]), Some(Problem::ContentType));
        let form = ("content-type", "application/x-www-form-urlencoded");
        assert_eq!(lack("deliverty", "PATCH", &[form]), Some(Problem::ContentType));
        assert_eq!(lack("deliverty", "PUT", &[json]), None);
        assert_eq!(lack("novamed", "GET", &[("accept", "*/*")]), Some(Problem::ContentType));
        assert_eq!(lack("novamed", "GET", &[json]), Some(Problem::Accept));
        assert_eq!(lack("novamed", "GET", &[json, ("accept", "text/html")]), Some(Problem::Accept));
        let both = [json, ("accept", "text/html, application/json;q=0.5")];
        assert_eq!(lack("novamed", "GET", &both), None);
        Ok(())
    }

    #[test]
    fn only_a_trusted_proxy_vouches_for_https() {
        let open = |peer: &str, proto: Option<&str>, strict| {
            let headers: Vec<_> =
                proto.map(|proto| ("x-forwarded-proto", proto)).into_iter().collect();
            let mut request = parts("GET", &headers)?;
            request.extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().ok()?));
            let trusted = TrustedProxies::parse(&["10.0.0.0/8".to_owned()]).ok()?;
            Some(came_in_the_open(&request, &trusted, strict))
        };
        assert_eq!(open("127.0.0.1:1", None, false), Some(false));
        assert_eq!(open("[::1]:1", None, false), Some(false));
        assert_eq!(open("127.0.0.1:1", None, true), Some(true));
        assert_eq!(open("127.0.0.1:1", Some("https"), true), Some(true), "nobody we trust");
        assert_eq!(open("192.0.2.1:1", Some("https"), false), Some(true), "nobody we trust");
        assert_eq!(open("10.0.0.1:1", None, false), Some(true));
        assert_eq!(open("10.0.0.1:1", Some("http"), false), Some(true));
        assert_eq!(open("10.0.0.1:1", Some("https"), true), Some(false));
        assert_eq!(open("10.0.0.1:1", Some("https, HTTPS"), true), Some(false));
        for wrong in ["https, http", "http,https", "https,", ""] {
            assert_eq!(open("10.0.0.1:1", Some(wrong), true), Some(true), "{wrong}");
        }
        let two = |first: &str, second: &str| {
            let fields = [("x-forwarded-proto", first), ("x-forwarded-proto", second)];
            let mut request = parts("GET", &fields)?;
            request.extensions.insert(ConnectInfo("10.0.0.1:1".parse::<SocketAddr>().ok()?));
            let trusted = TrustedProxies::parse(&["10.0.0.0/8".to_owned()]).ok()?;
            Some(came_in_the_open(&request, &trusted, true))
        };
        assert_eq!(two("https", "http"), Some(true));
        assert_eq!(two("http", "https"), Some(true));
        assert_eq!(two("https", "https"), Some(false));
    }
}
