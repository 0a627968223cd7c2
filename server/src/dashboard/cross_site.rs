//! Changes come from our own pages only. Cookies are sent by any site's forms, so each request that
//! changes something must say that it comes from here.

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::PublicUrl;

/// Set by browsers, beyond the reach of pages (Fetch Metadata).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets through what only looks, and what comes from our own pages.
pub async fn guard(State(public): State<PublicUrl>, request: Request, next: Next) -> Response {
    let looks = request.method().is_safe();
    if looks || is_ours(request.headers(), request.uri(), &public) {
        return next.run(request).await;
    }
    let path = app::routes::for_logs(request.uri().path());
    tracing::warn!(path, "a form from another site was refused");
    let why = "This form was not sent from Latchkey's own pages, so nothing was changed.\n\
               Open Latchkey by its own address and try again. Programs must send an Origin header.\n";
    (StatusCode::FORBIDDEN, why).into_response()
}

fn is_ours(headers: &HeaderMap, uri: &Uri, public: &PublicUrl) -> bool {
    // What is said twice could be understood one way here and another way elsewhere.
    if [HOST, ORIGIN, FETCH_SITE].iter().any(|name| headers.get_all(name).iter().count() > 1) {
        return false;
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let exact = || {
        let host = uri.authority().map(Authority::as_str).or_else(|| text(HOST));
        match (text(ORIGIN), host) {
            (Some(origin), Some(host)) => is_origin(origin, host, public.is_https()),
            _ => false,
        }
    };
    match text(FETCH_SITE) {
        Some("same-origin") => true,
        // Typed or reloaded by a person, or an older browser: the origin decides.
        Some("none") | None => exact(),
        Some(_) => false,
    }
}

fn is_origin(origin: &str, host: &str, https: bool) -> bool {
    let plain = if https { None } else { origin.strip_prefix("http://") };
    let named = origin.strip_prefix("https://").or(plain);
    named.is_some_and(|named| named.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), axum::http::HeaderValue::from_static(value))
        });
        is_ours(&headers.collect(), &Uri::from_static("/logout"), &PublicUrl::default())
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let host = ("host", "keys.example:3000");
        assert!(ours(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(ours(&[host, ("origin", "http://keys.example:3000")]));
        assert!(ours(&[host, ("origin", "https://keys.example:3000")]));
        assert!(!ours(&[host]));
        assert!(!ours(&[host, ("sec-fetch-site", "none")]));
        for site in ["cross-site", "same-site"] {
            let origin = ("origin", "http://keys.example:3000");
            assert!(!ours(&[host, ("sec-fetch-site", site), origin]), "{site}");
        }
        let origin = ("origin", "http://keys.example:3000");
        assert!(!ours(&[host, origin, ("origin", "http://evil.example")]));
        assert!(!ours(&[host, origin, origin]));
        assert!(!ours(&[host, host, origin]));
        let same = ("sec-fetch-site", "same-origin");
        assert!(!ours(&[host, same, ("sec-fetch-site", "cross-site")]));
        for origin in
            ["null", "http://keys.example", "http://evil.example:3000", "http://keys.example:30000"]
        {
            assert!(!ours(&[host, ("origin", origin)]), "{origin}");
        }
    }
}
