//! The secret in a link: an invitation's, a claim's, or one for a new password.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::keys::text::PlainKey;
use crate::{Error, Result};

/// Hexadecimal digits of 256 random bits.
const DIGITS: usize = 64;

/// It exists only between being made and being sent, or being presented and being hashed.
#[derive(Clone)]
pub struct Token(SecretString);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl std::str::FromStr for Token {
    type Err = Error;

    /// Text that is no token opens nothing.
    fn from_str(text: &str) -> Result<Self> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != DIGITS || !text.bytes().all(digit) {
            return Err(Error::NotFound);
        }
        Ok(Self(text.to_owned().into()))
    }
}

impl Token {
    /// A new one from the operating system's randomness.
    pub(crate) fn mint() -> Result<Self> {
        PlainKey::mint_secret().map(|secret| Self(secret.expose().to_owned().into()))
    }

    /// The text itself, for the link.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What the database keeps. The token is random: no salt or slow hash could make it harder to
    /// guess.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.expose().as_bytes()).into()
    }

    /// The hash as row-level security reads it.
    pub(crate) fn hash_in_hex(&self) -> String {
        let digits = self.hash().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_link_and_is_never_printed() -> Result<()> {
        let token = Token::mint()?;
        let read: Token = token.expose().parse()?;
        assert_eq!(read.hash(), token.hash());
        assert_eq!(token.hash_in_hex().len(), 64);
        assert!(!format!("{token:?}").contains(token.expose()));
        for text in ["", "0", &"x".repeat(64), &"A".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(text.parse::<Token>().map(|_| ()), Err(Error::NotFound), "{text}");
        }
        Ok(())
    }
}
