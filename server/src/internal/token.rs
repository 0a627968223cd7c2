//! The token that the internal endpoints demand, where they are told to.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::SocketAddr;
use subtle::ConstantTimeEq;

use super::error;
use crate::{Failure, Result};

/// As many characters at least: 32 random ones cannot be guessed, a word can.
const LENGTH_MIN: usize = 32;
/// For proxies whose `Authorization` is the client's.
const HEADER: &str = "x-latchkey-token";
/// Asked by what watches over the process, which need not know anything.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

/// A token, of which only the digest is kept.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// The token that was given. Nothing of it is repeated.
    pub fn parse(text: &str) -> Result<Option<Self>> {
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() < LENGTH_MIN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::new(format!(
                "the internal token should have at least {LENGTH_MIN} characters, all of them letters, digits or \
                 punctuation; `openssl rand -hex 32` makes one (--internal-token, LATCHKEY_INTERNAL_TOKEN)"
            )));
        }
        Ok(Some(Self(Sha256::digest(text).into())))
    }

    /// In constant time.
    fn is(&self, presented: &[u8]) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        self.0.ct_eq(&presented).into()
    }
}

/// Others than this machine get to the internal endpoints with a token only.
pub fn check(addr: SocketAddr, token: Option<&Token>) -> Result<()> {
    if addr.ip().to_canonical().is_loopback() || token.is_some() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the internal endpoints should listen on {addr}, where others can reach them: give a token that these must \
         show (--internal-token, LATCHKEY_INTERNAL_TOKEN), or listen on 127.0.0.1 (--internal-addr, \
         LATCHKEY_INTERNAL_ADDR)"
    )))
}

/// Lets those in who show the token.
pub async fn demand(State(token): State<Token>, request: Request, next: Next) -> Response {
    if OPEN.contains(&request.uri().path()) || shows(request.headers(), &token) {
        return next.run(request).await;
    }
    let mut response = error(
        StatusCode::UNAUTHORIZED,
        "the internal token is missing or wrong: send Authorization: Bearer TOKEN",
    );
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn shows(headers: &HeaderMap, token: &Token) -> bool {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.as_bytes().split_at_checked("Bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
    });
    let plain = headers.get(HEADER).map(HeaderValue::as_bytes);
    bearer.into_iter().chain(plain).any(|presented| token.is(presented))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_token_is_no_token() -> Result<()> {
        assert!(Token::parse("")?.is_none());
        let good = Token::parse(&"s3cret".repeat(6))?.ok_or_else(|| Failure::new("none"))?;
        assert!(good.is("s3cret".repeat(6).as_bytes()) && !good.is(b"s3cret"));
        assert!(!format!("{good:?}").contains("s3cret"));
        for weak in ["s3cret".to_owned(), " s3cret".repeat(6), "s3crét".repeat(6)] {
            let told = Token::parse(&weak).err().map(|error| error.to_string());
            assert!(told.is_some_and(|told| !told.contains("s3cr")), "{weak}");
        }
        Ok(())
    }

    #[test]
    fn who_is_not_this_machine_needs_one() -> Result<()> {
        let token = Token::parse(&"0123456789abcdef".repeat(2))?;
        for (addr, local) in [
            ("127.0.0.1:3002", true),
            ("[::1]:3002", true),
            ("[::ffff:127.0.0.1]:3002", true),
            ("0.0.0.0:3002", false),
            ("[::]:3002", false),
            ("10.0.0.1:3002", false),
        ] {
            let addr = addr.parse().map_err(|error| Failure::because("address", error))?;
            assert_eq!(check(addr, None).is_ok(), local, "{addr}");
            assert!(check(addr, token.as_ref()).is_ok(), "{addr}");
        }
        Ok(())
    }
}
