//! Tokens: JSON Web Tokens (RFC 7519) of one fixed kind, signed with HMAC-SHA-256 under a key that is
//! derived from the pepper.
//!
//! No library: one kind is all there is, and what others bring along for RSA and elliptic curves would
//! only be in the way. Which algorithm a token names is never asked: its header is ours, byte for
//! byte, or it is no token. Reading one takes no memory.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::ids::KeyId;
use crate::keys::digest::Pepper;
use crate::{Error, Result};

/// `{"alg":"HS256","typ":"JWT"}` and the dot after it.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
/// Ours are shorter.
const CLAIMS_MAX: usize = 192;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    /// The key's id.
    sub: Uuid,
    /// In seconds since 1970-01-01 UTC.
    iat: i64,
    exp: i64,
    /// Counts the passwords of whoever logged in.
    epoch: i32,
}

/// A token that is ours. Whether it is still good is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub key: KeyId,
    pub ends_at_ms: i64,
    pub epoch: i32,
}

/// Whether the text is worth reading as a token.
pub fn looks_like_one(text: &[u8]) -> bool {
    text.starts_with(HEADER.as_bytes())
}

/// A token for this key and the password of this number, good for so many seconds.
pub(crate) fn sign(
    pepper: &Pepper,
    (key, epoch): (KeyId, i32),
    now: OffsetDateTime,
    lifetime_s: u32,
) -> Result<String> {
    let iat = now.unix_timestamp();
    let claims = Claims { sub: key.0, iat, exp: iat + i64::from(lifetime_s), epoch };
    let claims = serde_json::to_vec(&claims)
        .map_err(|error| Error::Internal(format!("a token's claims: {error}")))?;
    let mut token = HEADER.to_owned();
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let tag = pepper.tag_of_token(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(tag, &mut token);
    Ok(token)
}

/// What the token says, if it is one that we have signed.
pub(crate) fn read(pepper: &Pepper, text: &[u8]) -> Option<Token> {
    let dot = text.iter().rposition(|byte| *byte == b'.')?;
    let (signed, tag) = (&text[..dot], &text[dot + 1..]);
    let claims = signed.strip_prefix(HEADER.as_bytes())?;
    let mut kept = [0; 36];
    let length = URL_SAFE_NO_PAD.decode_slice(tag, &mut kept).ok()?;
    if !pepper.is_tag_of_token(signed, &kept[..length]) {
        return None;
    }
    let mut kept = [0; CLAIMS_MAX];
    let length = URL_SAFE_NO_PAD.decode_slice(claims, &mut kept).ok()?;
    let claims: Claims = serde_json::from_slice(&kept[..length]).ok()?;
    let ends_at_ms = claims.exp.saturating_mul(1_000);
    Some(Token { key: KeyId(claims.sub), ends_at_ms, epoch: claims.epoch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_700_000_000;

    fn encoded(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn token(pepper: &Pepper, key: KeyId) -> Result<String> {
        let now = OffsetDateTime::from_unix_timestamp(NOW);
        sign(pepper, (key, 7), now.map_err(|error| Error::Internal(error.to_string()))?, 900)
    }

    #[test]
    fn is_what_the_standard_says() -> Result<()> {
        let (pepper, key) = (Pepper::new(1, &[7; 32])?, KeyId::generate());
        let token = token(&pepper, key)?;
        let parts: Vec<&str> = token.split('.').collect();
        let json = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            serde_json::from_slice(&bytes).unwrap_or(Value::Null)
        };
        assert_eq!(parts.len(), 3);
        assert_eq!(json(parts[0]), json!({ "alg": "HS256", "typ": "JWT" }));
        assert_eq!(json(parts[1]), json!({ "sub": key, "iat": NOW, "exp": NOW + 900, "epoch": 7 }));
        // As another library computes it, under the key that the pepper gives.
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 32]);
        let secret = ring::hmac::sign(&secret, b"latchkey tokens of logins by password");
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_ref());
        let signed = format!("{}.{}", parts[0], parts[1]);
        let tag = URL_SAFE_NO_PAD.decode(parts[2]).unwrap_or_default();
        assert!(ring::hmac::verify(&secret, signed.as_bytes(), &tag).is_ok());
        let read = read(&pepper, token.as_bytes());
        assert_eq!(read, Some(Token { key, ends_at_ms: (NOW + 900) * 1_000, epoch: 7 }));
        Ok(())
    }

    #[test]
    fn whatever_else_it_says_it_is_no_token() -> Result<()> {
        let (pepper, key) = (Pepper::new(1, &[7; 32])?, KeyId::generate());
        let good = token(&pepper, key)?;
        let refused = |token: &str| {
            assert_eq!(read(&pepper, token.as_bytes()), None, "{token}");
        };
        // Any one character changed, left out, or added at the end.
        for at in 0..good.len() {
            let other = if &good[at..=at] == "A" { "B" } else { "A" };
            refused(&format!("{}{other}{}", &good[..at], &good[at + 1..]));
            refused(&good[..at]);
        }
        for more in ["A", "=", ".", " ", "\0"] {
            refused(&format!("{good}{more}"));
        }
        // Another algorithm, or none, over claims that would be right.
        let claims = json!({ "sub": key, "iat": NOW, "exp": NOW + 1_000_000 });
        for header in [
            json!({ "alg": "none", "typ": "JWT" }),
            json!({ "alg": "None", "typ": "JWT" }),
            json!({ "alg": "HS512", "typ": "JWT" }),
            json!({ "alg": "RS256", "typ": "JWT" }),
            json!({ "typ": "JWT", "alg": "HS256" }),
            json!({ "alg": "HS256" }),
        ] {
            let signed = format!("{}.{}", encoded(&header), encoded(&claims));
            let tag = URL_SAFE_NO_PAD.encode(pepper.tag_of_token(signed.as_bytes()));
            if !signed.starts_with(HEADER) {
                refused(&format!("{signed}.{tag}"));
            }
            refused(&format!("{signed}."));
            refused(&signed);
        }
        // Signed with another key: another pepper, an empty one, the digest of a key's text.
        let signed = format!("{HEADER}{}", encoded(&claims));
        refused(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 32])));
        refused(&token(&Pepper::new(1, &[8; 32])?, key)?);
        refused(&token(&Pepper::new(1, &[0; 32])?, key)?);
        let digest = pepper.digest(signed.as_bytes()).0;
        refused(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(digest)));
        // Signed by us, and still no token of ours.
        for claims in [json!({}), json!({ "sub": "x", "iat": 0, "exp": 1 }), json!([]), json!(7)] {
            let signed = format!("{HEADER}{}", encoded(&claims));
            let tag = URL_SAFE_NO_PAD.encode(pepper.tag_of_token(signed.as_bytes()));
            refused(&format!("{signed}.{tag}"));
        }
        let long = format!("{HEADER}{}", "A".repeat(100_000));
        let tag = URL_SAFE_NO_PAD.encode(pepper.tag_of_token(long.as_bytes()));
        refused(&format!("{long}.{tag}"));
        Ok(())
    }
}
