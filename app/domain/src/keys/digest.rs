//! How a key is recognized without being kept: HMAC-SHA-256 with a pepper that is not in the
//! database. The text holds 155 random bits, so a slow hash would add nothing but load.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::KeyId;
use crate::{Error, Result};

/// HMAC-SHA-256 of a key's or secret's text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyDigest(pub [u8; 32]);

impl std::fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

impl KeyDigest {
    /// The half by which a running program recognizes the text.
    pub fn fingerprint(&self) -> Fingerprint {
        let (halves, _) = self.0.as_chunks::<16>();
        Fingerprint(halves[0])
    }
}

/// The first half of a digest. 128 bits are as far out of a guesser's reach as 256, and take half
/// of the memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 16]);

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprint(…)")
    }
}

/// Digests are uniform already, and nobody without the pepper can choose one: their first eight
/// bytes are a good hash.
impl std::hash::Hash for Fingerprint {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let (first, _) = self.0.as_chunks::<8>();
        state.write_u64(u64::from_le_bytes(first[0]));
    }
}

impl TryFrom<Vec<u8>> for KeyDigest {
    type Error = Error;

    fn try_from(bytes: Vec<u8>) -> Result<Self> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| Error::Internal("a stored digest is not 32 bytes long".into()))
    }
}

/// The secret that turns texts into digests, with the number under which rows name it.
#[derive(Clone)]
pub struct Pepper {
    pub version: i16,
    keyed: Hmac<Sha256>,
    keyed_for_sha256: Hmac<Sha256>,
    keyed_for_tokens: Hmac<Sha256>,
}

/// Of which text the key for digests of digests is the digest. No key's text has blanks.
const FOR_SHA256: &str = "latchkey digests of imported SHA-256 digests";
/// And the key for logins and their tokens.
const FOR_TOKENS: &str = "latchkey tokens of logins by password";

impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pepper(version {}, …)", self.version)
    }
}

impl Pepper {
    /// The pepper of these 32 bytes. The key schedule is done here, once.
    pub fn new(version: i16, secret: &[u8; 32]) -> Result<Self> {
        let keyed = |secret: &[u8; 32]| {
            Hmac::<Sha256>::new_from_slice(secret)
                .map_err(|error| Error::Internal(format!("pepper: {error}")))
        };
        let own = keyed(secret)?;
        let derived = |purpose: &str| keyed(&finish(own.clone(), purpose.as_bytes()).0);
        let (keyed_for_sha256, keyed_for_tokens) = (derived(FOR_SHA256)?, derived(FOR_TOKENS)?);
        Ok(Self { version, keyed: own, keyed_for_sha256, keyed_for_tokens })
    }

    pub fn digest(&self, text: &[u8]) -> KeyDigest {
        finish(self.keyed.clone(), text)
    }

    /// The digest of a key of which, when it came here, only the SHA-256 was known. It is made with
    /// a key of its own: whoever knows the SHA-256 cannot present a text that has this digest.
    pub fn digest_of_sha256(&self, sha256: &[u8; 32]) -> KeyDigest {
        finish(self.keyed_for_sha256.clone(), sha256)
    }

    /// The digest of a key that stands for somebody's logins: nobody has a text for it. The signed
    /// part of a token is longer than an id, so that neither can pass for the other.
    pub(crate) fn digest_of_login(&self, key: KeyId) -> KeyDigest {
        finish(self.keyed_for_tokens.clone(), key.0.as_bytes())
    }

    /// What a token ends with.
    pub(crate) fn tag_of_token(&self, signed: &[u8]) -> [u8; 32] {
        finish(self.keyed_for_tokens.clone(), signed).0
    }

    /// Whether the token ends as it should; in the same time, whatever it ends with.
    pub(crate) fn is_tag_of_token(&self, signed: &[u8], tag: &[u8]) -> bool {
        let mut mac = self.keyed_for_tokens.clone();
        mac.update(signed);
        mac.verify_slice(tag).is_ok()
    }
}

fn finish(mut mac: Hmac<Sha256>, text: &[u8]) -> KeyDigest {
    mac.update(text);
    KeyDigest(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_hmac_sha_256() -> Result<()> {
        // RFC 4231 test case 1, whose key of 20 bytes is the same as one padded with zeros.
        let mut secret = [0; 32];
        secret[..20].fill(0x0b);
        let digest = Pepper::new(1, &secret)?.digest(b"Hi There");
        assert_eq!(digest.0[..4], [0xb0, 0x34, 0x4c, 0x61]);
        assert_eq!(digest.0[28..], [0x2e, 0x32, 0xcf, 0xf7]);
        Ok(())
    }

    #[test]
    fn a_sha256_opens_nothing_as_a_text() -> Result<()> {
        let pepper = Pepper::new(1, &[7; 32])?;
        let sha256 = [1; 32];
        assert!(pepper.digest_of_sha256(&sha256) != pepper.digest(&sha256));
        let other = Pepper::new(1, &[8; 32])?;
        assert!(pepper.digest_of_sha256(&sha256) != other.digest_of_sha256(&sha256));
        Ok(())
    }

    #[test]
    fn debug_says_nothing() -> Result<()> {
        let pepper = Pepper::new(1, &[7; 32])?;
        assert_eq!(
            format!("{pepper:?} {:?}", pepper.digest(b"x")),
            "Pepper(version 1, …) KeyDigest(…)"
        );
        Ok(())
    }
}
