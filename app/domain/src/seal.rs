//! How secrets are kept that the server has to know again: encrypted rather than hashed.
//!
//! ChaCha20-Poly1305 under HMAC-SHA-256 of a fixed sentence with the pepper, which is not in the
//! database: a copy of the database opens nothing. The id of what the secret belongs to is
//! authenticated beside it, so that a row copied to another id opens nothing either. What is stored:
//! a random nonce of 12 bytes, then what is encrypted, then 16 bytes of tag.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;

use crate::keys::digest::Pepper;
use crate::{Error, Result};

/// What a secret is for. Each has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    SecondFactor,
    Webhook,
}

impl Purpose {
    /// Turns the pepper into the key. No API key reads like this.
    const fn sentence(self) -> &'static str {
        match self {
            Self::SecondFactor => "latchkey second factor key 1",
            Self::Webhook => "latchkey webhook key 1",
        }
    }

    fn key(self, pepper: &Pepper) -> Result<LessSafeKey> {
        let bytes = pepper.digest(self.sentence().as_bytes()).0;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
        key.map(LessSafeKey::new).map_err(|_| Error::Internal(format!("{self:?}: no key")))
    }
}

/// Encrypts a secret that belongs to `whose`.
pub(crate) fn seal(
    pepper: &Pepper,
    purpose: Purpose,
    whose: Uuid,
    secret: &[u8],
) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|error| Error::Internal(format!("randomness: {error}")))?;
    let mut sealed = secret.to_vec();
    purpose
        .key(pepper)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(whose.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| Error::Internal(format!("{purpose:?}: cannot encrypt")))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Decrypts it again.
pub(crate) fn open(
    pepper: &Pepper,
    purpose: Purpose,
    whose: Uuid,
    sealed: &[u8],
) -> Result<Vec<u8>> {
    let damaged = || Error::Internal(format!("{purpose:?}: what is stored cannot be decrypted"));
    let (nonce, rest) = sealed.split_first_chunk().ok_or_else(damaged)?;
    let mut rest = rest.to_vec();
    let opened = purpose
        .key(pepper)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(whose.as_bytes()), &mut rest)
        .map_err(|_| damaged())?;
    Ok(opened.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTOR: Purpose = Purpose::SecondFactor;

    #[test]
    fn opens_for_the_same_owner_purpose_and_pepper_only() -> Result<()> {
        let (pepper, other) = (Pepper::new(1, &[7; 32])?, Pepper::new(1, &[8; 32])?);
        let (owner, stranger) = (Uuid::now_v7(), Uuid::now_v7());
        let secret = b"twenty bytes of it..";
        let sealed = seal(&pepper, FACTOR, owner, secret)?;
        assert_eq!(open(&pepper, FACTOR, owner, &sealed)?, secret);
        assert!(!sealed.windows(6).any(|part| secret.windows(6).any(|clear| clear == part)));
        assert_ne!(seal(&pepper, FACTOR, owner, secret)?, sealed, "never the same nonce");
        assert!(open(&pepper, FACTOR, stranger, &sealed).is_err());
        assert!(open(&pepper, Purpose::Webhook, owner, &sealed).is_err());
        assert!(open(&other, FACTOR, owner, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(open(&pepper, FACTOR, owner, &damaged).is_err(), "{at}");
        }
        assert!(open(&pepper, FACTOR, owner, &sealed[..5]).is_err());
        Ok(())
    }
}
