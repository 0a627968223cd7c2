//! What an answer says beside its body: how much of the key's limit is left, and that its text is
//! about to end.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use domain::clock::from_milliseconds;
use domain::profiles::Deprecated;
use domain::verification::{Allowance, Grant, Reason};
use time::macros::format_description;

use super::surface::Surface;

/// The names of draft-ietf-httpapi-ratelimit-headers-06.
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
/// RFC 9745.
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
/// RFC 8594.
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// The answer with what is to be said of the key.
pub fn with_notes(mut answer: Response, grant: &Grant) -> Response {
    if let Some(allowance) = grant.allowance {
        add_allowance(answer.headers_mut(), allowance);
    }
    if let Some(since_ms) = grant.draining_since_ms() {
        let ends_at_ms = Some(grant.expires_at_ms);
        add_end(answer.headers_mut(), Deprecated { since_ms: Some(since_ms), ends_at_ms });
    }
    if let Some(login) = grant.login {
        add_end(answer.headers_mut(), login);
    }
    answer
}

/// The answer to a refused request. Whoever uses up a limit is told how to stay within it. All else
/// that is refused looks the same, whether there is such a key or not.
pub fn refusal(surface: &Surface, reason: Reason, grant: Option<&Grant>) -> Response {
    let answer = surface.refusal(reason);
    match grant {
        Some(grant) if reason == Reason::RateLimited => with_notes(answer, grant),
        _ => answer,
    }
}

fn add_allowance(headers: &mut HeaderMap, allowance: Allowance) {
    headers.insert(LIMIT, allowance.limit.into());
    headers.insert(REMAINING, allowance.remaining.into());
    headers.insert(RESET, allowance.reset_s.into());
    if !allowance.granted {
        headers.insert(RETRY_AFTER, allowance.reset_s.into());
    }
}

/// Says that something should not be used any more, and when it ends.
pub fn add_end(headers: &mut HeaderMap, deprecated: Deprecated) {
    let date = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let since = deprecated.since_ms.map(|since_ms| format!("@{}", since_ms.div_euclid(1_000)));
    let ends =
        deprecated.ends_at_ms.and_then(|ends_ms| from_milliseconds(ends_ms).format(date).ok());
    for (name, value) in [(DEPRECATION, since), (SUNSET, ends)] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_their_documents_say() {
        let mut headers = HeaderMap::new();
        let deprecated =
            Deprecated { since_ms: Some(784_111_777_000), ends_at_ms: Some(784_198_177_000) };
        add_end(&mut headers, deprecated);
        assert_eq!(headers[DEPRECATION], "@784111777");
        // RFC 9110's own example of a date, one day later.
        assert_eq!(headers[SUNSET], "Mon, 07 Nov 1994 08:49:37 GMT");
    }
}
