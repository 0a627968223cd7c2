//! What a request presents.

use axum::http::{HeaderMap, HeaderName};
use domain::verification::Presented;

use super::surface::Surface;

/// Stands for two values that differ: no key and no secret looks like this.
const AMBIGUOUS: &[u8] = b"\0";

/// The key and secret in the profile's headers.
pub fn presented<'a>(surface: &Surface, headers: &'a HeaderMap) -> Presented<'a> {
    let secret = surface.secret_header.as_ref();
    Presented {
        key: only(headers, &surface.key_header),
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

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
