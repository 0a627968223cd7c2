//! What a request presents.

use axum::http::{HeaderMap, HeaderName};
use domain::logins::token;
use domain::verification::Presented;

use super::surface::Surface;

/// Stands for two values that differ: no key and no secret looks like this.
const AMBIGUOUS: &[u8] = b"\0";
/// What stands before a token.
const BEARER: &[u8] = b"Bearer ";

/// The key and secret in the profile's headers; without a key, the token that a login gave.
pub fn presented<'a>(surface: &Surface, headers: &'a HeaderMap) -> Presented<'a> {
    let secret = surface.secret_header.as_ref();
    let token = || bearer(headers, surface.token_header.as_ref()?);
    Presented {
        key: only(headers, &surface.key_header).or_else(token),
        secret: secret.and_then(|header| only(headers, header)),
    }
}

/// The header's value. A proxy in between might look at one of two values and we at the other, so
/// that differing ones count as none that is right.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.any(|other| other != first) {
        return Some(AMBIGUOUS);
    }
    Some(first.as_bytes())
}

/// Takes a token away. What else may stand in its header is for other services.
pub fn drop_token(surface: &Surface, headers: &mut HeaderMap) {
    let header = surface.token_header.as_ref();
    if let Some(header) = header.filter(|header| bearer(headers, header).is_some()) {
        headers.remove(header);
    }
}

/// The header's token. Nothing else is taken there, a key neither.
fn bearer<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let (scheme, token) = only(headers, name)?.split_at_checked(BEARER.len())?;
    let is_ours = scheme.eq_ignore_ascii_case(BEARER) && token::looks_like_one(token);
    is_ours.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_tokens_come_as_bearers() {
        const NAME: HeaderName = HeaderName::from_static("authorization");
        const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AA";
        let taken = |value: &str| {
            let headers = HeaderMap::from_iter([(NAME, HeaderValue::from_str(value).ok()?)]);
            Some(bearer(&headers, &NAME)? == TOKEN.as_bytes())
        };
        assert_eq!(taken(&format!("Bearer {TOKEN}")), Some(true));
        assert_eq!(taken(&format!("bearer {TOKEN}")), Some(true));
        for other in ["", "Bearer", "Bearer dlvr_0123456789ABCDEFGHIJKLMNOP", TOKEN] {
            assert_eq!(taken(other), None, "{other}");
        }
        assert_eq!(taken(&format!("Basic {TOKEN}")), None);
    }

    #[test]
    fn two_different_values_are_no_value() {
        const NAME: HeaderName = HeaderName::from_static("x-api-key");
        let mut headers = HeaderMap::new();
        assert_eq!(only(&headers, &NAME), None);
        headers.append(NAME, HeaderValue::from_static("one"));
        headers.append(NAME, HeaderValue::from_static("one"));
        assert_eq!(only(&headers, &NAME), Some(&b"one"[..]));
        headers.append(NAME, HeaderValue::from_static("two"));
        assert_eq!(only(&headers, &NAME), Some(AMBIGUOUS));
    }
}
