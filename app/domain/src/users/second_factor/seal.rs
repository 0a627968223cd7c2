//! How secrets are kept: the server must know them to make the same codes, so that they are
//! encrypted rather than hashed.
//!
//! ChaCha20-Poly1305 under HMAC-SHA-256 of a fixed sentence with the pepper, which is not in the
//! database: a copy of the database makes no codes. The user's id is authenticated beside it, so a
//! row copied to another user opens nothing. What is stored: a random nonce of 12 bytes, then what
//! is encrypted, then 16 bytes of tag.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::ids::UserId;
use crate::keys::digest::Pepper;
use crate::{Error, Result};

/// Turns the pepper into the key. No API key reads like this.
const PURPOSE: &str = "latchkey second factor key 1";

fn key(pepper: &Pepper) -> Result<LessSafeKey> {
    let bytes = pepper.digest(PURPOSE.as_bytes()).0;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
    key.map(LessSafeKey::new).map_err(|_| Error::Internal("second factor: no key".into()))
}

/// Encrypts a user's secret.
pub(super) fn seal(pepper: &Pepper, user_id: UserId, secret: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    super::code::fill_random(&mut nonce)?;
    let mut sealed = secret.to_vec();
    key(pepper)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(user_id.0.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| Error::Internal("second factor: cannot encrypt".into()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Decrypts it again.
pub(super) fn open(pepper: &Pepper, user_id: UserId, sealed: &[u8]) -> Result<Vec<u8>> {
    let damaged = || Error::Internal("a stored second factor cannot be decrypted".into());
    let (nonce, rest) = sealed.split_first_chunk().ok_or_else(damaged)?;
    let mut rest = rest.to_vec();
    let opened = key(pepper)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(user_id.0.as_bytes()),
            &mut rest,
        )
        .map_err(|_| damaged())?;
    Ok(opened.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_for_the_same_user_and_pepper_only() -> Result<()> {
        let (pepper, other) = (Pepper::new(1, &[7; 32])?, Pepper::new(1, &[8; 32])?);
        let (user, stranger) = (UserId::generate(), UserId::generate());
        let secret = b"twenty bytes of it..";
        let sealed = seal(&pepper, user, secret)?;
        assert_eq!(open(&pepper, user, &sealed)?, secret);
        assert!(!sealed.windows(6).any(|part| secret.windows(6).any(|clear| clear == part)));
        assert_ne!(seal(&pepper, user, secret)?, sealed, "never the same nonce");
        assert!(open(&pepper, stranger, &sealed).is_err());
        assert!(open(&other, user, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(open(&pepper, user, &damaged).is_err(), "{at}");
        }
        assert!(open(&pepper, user, &sealed[..5]).is_err());
        Ok(())
    }
}
