//! `Idempotency-Key`: by it, a request that is sent again is known.

use axum::http::HeaderMap;
use domain::collections::Document;
use domain::collections::create::Once;
use sha2::{Digest, Sha256};

/// The header field's name, in lower case.
const HEADER: &str = "idempotency-key";
/// The longest key, in bytes.
const KEY_MAX: usize = 255;

/// The request's own key; an error is a sentence.
pub fn key(headers: &HeaderMap) -> Result<Option<&str>, &'static str> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(first) = values.next() else { return Ok(None) };
    let good = |key: &&str| {
        (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match first.to_str().ok().filter(good) {
        Some(key) if values.all(|other| other == first) => Ok(Some(key)),
        _ => Err("Idempotency-Key must be one of 1 to 255 visible characters"),
    }
}

/// The request under its key: the same body, and the same values of header fields.
pub fn once<'a>(key: &'a str, body: &[u8], headers: &Document) -> Once<'a> {
    let mut hash = Sha256::new_with_prefix(body);
    for (name, value) in headers {
        hash.update(format!("\n{name}: {value}"));
    }
    Once { key, request: hash.finalize().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_key_is_one_visible_text() {
        let with = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HEADER, HeaderValue::from_static(value));
            }
            key(&headers).map(|key| key.map(str::to_owned)).map_err(|_| ())
        };
        assert_eq!(with(&[]), Ok(None));
        assert_eq!(with(&["a-1", "a-1"]), Ok(Some("a-1".to_owned())));
        for wrong in [&["", ""][..], &["a b"], &["a", "b"]] {
            assert_eq!(with(wrong), Err(()), "{wrong:?}");
        }
    }
}
