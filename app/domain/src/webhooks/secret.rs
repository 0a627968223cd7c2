//! What deliveries are signed with, as Standard Webhooks says: HMAC-SHA-256 over id, time and body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::WebhookId;
use crate::keys::digest::Pepper;
use crate::seal::{Purpose, open, seal};
use crate::{Error, Result};

/// Random bytes of a secret.
const BYTES: usize = 32;

/// A webhook's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret([u8; BYTES]);

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

impl SigningSecret {
    /// A new one.
    pub(super) fn mint() -> Result<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::Internal(format!("randomness: {error}")))?;
        Ok(Self(bytes))
    }

    /// As it is shown once: `whsec_…`.
    pub fn expose(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// As it is kept.
    pub(super) fn sealed(&self, pepper: &Pepper, webhook: WebhookId) -> Result<Vec<u8>> {
        seal(pepper, Purpose::Webhook, webhook.0, &self.0)
    }

    /// What [`SigningSecret::sealed`] made.
    pub(crate) fn unseal(pepper: &Pepper, webhook: WebhookId, sealed: &[u8]) -> Result<Self> {
        let bytes = open(pepper, Purpose::Webhook, webhook.0, sealed)?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| Error::Internal("a stored webhook secret has another length".into()))
    }

    /// The signature of a delivery: `v1,…`. `timestamp` is in seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> Result<String> {
        let mut keyed = Hmac::<Sha256>::new_from_slice(&self.0)
            .map_err(|error| Error::Internal(format!("webhook: {error}")))?;
        keyed.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(keyed.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures are from `openssl dgst -sha256 -mac HMAC`.
    #[test]
    fn signs_as_others_check() -> Result<()> {
        let secret = SigningSecret([7; BYTES]);
        assert_eq!(secret.expose(), "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        let signature = secret.sign("msg_1", 1_700_000_000, r#"{"type":"x"}"#)?;
        assert_eq!(signature, "v1,deQjtU6SWD+q8pd+P+gXhZgACMXlQ+IzTmveKAvIX38=");
        assert_eq!(format!("{secret:?}"), "SigningSecret(…)");
        Ok(())
    }

    #[test]
    fn is_kept_for_its_webhook_only() -> Result<()> {
        let pepper = Pepper::new(1, &[7; 32])?;
        let (secret, webhook) = (SigningSecret::mint()?, WebhookId::generate());
        let sealed = secret.sealed(&pepper, webhook)?;
        assert_eq!(SigningSecret::unseal(&pepper, webhook, &sealed)?, secret);
        assert!(SigningSecret::unseal(&pepper, WebhookId::generate(), &sealed).is_err());
        Ok(())
    }
}
