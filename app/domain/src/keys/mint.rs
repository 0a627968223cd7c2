//! New credentials: what is shown once, and what is kept.

use crate::keys::Environment;
use crate::keys::digest::Pepper;
use crate::keys::text::PlainKey;
use crate::profiles::Profile;
use crate::{Error, Result, Rule};

/// A key's text and, for profiles with pairs, its secret: for the one answer that shows them.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub key: PlainKey,
    pub secret: Option<PlainKey>,
}

/// The columns that recognize the credentials later.
pub(crate) struct Kept {
    pub last_four: String,
    pub digest: Vec<u8>,
    pub pepper_version: i16,
    pub secret_digest: Option<Vec<u8>>,
}

impl Credentials {
    /// New ones in the format of the profile.
    pub(crate) fn mint(profile: &Profile, environment: Environment) -> Result<Self> {
        let prefix = profile
            .key_prefix(environment)
            .ok_or_else(|| Error::invalid("environment", Rule::NotAChoice))?;
        let secret = profile.has_secrets().then(PlainKey::mint_secret).transpose()?;
        Ok(Self { key: PlainKey::mint(prefix)?, secret })
    }

    pub(crate) fn kept(&self, pepper: &Pepper) -> Kept {
        let digest = |text: &PlainKey| pepper.digest(text.expose().as_bytes()).0.to_vec();
        Kept {
            last_four: self.key.last_four().to_owned(),
            digest: digest(&self.key),
            pepper_version: pepper.version,
            secret_digest: self.secret.as_ref().map(digest),
        }
    }
}

/// The answer to a form that mints.
#[derive(Clone, Debug)]
pub enum Minted {
    /// Shown now, and never again.
    Now(crate::ids::KeyId, Credentials),
    /// The same form was sent before: this is the key that it made then.
    Before(crate::ids::KeyId),
}
