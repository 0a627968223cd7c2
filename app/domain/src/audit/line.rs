//! The lines of an export, and what is hashed of them: an export holds all that is needed to check
//! it.
//!
//! The hash of an event is SHA-256 over these fields, each as its length in bytes (four bytes,
//! highest first) followed by its text in UTF-8, or as the length -1 where it is null:
//! `latchkey.audit.1`, `previous_hash`, `organization_id`, `seq`, `id`, `at`, `actor_kind`,
//! `actor_user_id`, `action`, `target_id`, `details`, `ip`, `request_id`. The texts are those of
//! the export, letter by letter. The first event's `previous_hash` is 64 zeros.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex::hex;

/// The first field of what is hashed: another encoding would have another name.
const ENCODING: &str = "latchkey.audit.1";

/// What stands before the first event.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "nearly all lines are the large one")]
pub enum Line {
    Event(Event),
    Head(Head),
}

/// An event, its fields as the texts that are hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub organization_id: String,
    pub seq: i64,
    pub id: String,
    pub at: String,
    pub actor_kind: String,
    pub actor_user_id: String,
    pub action: String,
    pub target_id: String,
    /// A JSON object, as the database writes it.
    pub details: String,
    pub ip: Option<String>,
    pub request_id: Option<String>,
    /// In hexadecimal, as is `hash`.
    pub previous_hash: String,
    pub hash: String,
}

/// Where an organization's chain ends; stands behind its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub organization_id: String,
    /// Its slug, for people; not part of what is verified.
    pub organization: String,
    pub seq: i64,
    pub hash: String,
}

impl Event {
    /// What `hash` has to be.
    pub fn computed_hash(&self) -> String {
        let mut sha = Sha256::new();
        let seq = self.seq.to_string();
        for field in [
            Some(ENCODING),
            Some(&self.previous_hash),
            Some(&self.organization_id),
            Some(&seq),
            Some(&self.id),
            Some(&self.at),
            Some(&self.actor_kind),
            Some(&self.actor_user_id),
            Some(&self.action),
            Some(&self.target_id),
            Some(&self.details),
            self.ip.as_deref(),
            self.request_id.as_deref(),
        ] {
            match field {
                Some(text) => {
                    // No field of a database row is longer.
                    sha.update(i32::try_from(text.len()).unwrap_or(i32::MAX).to_be_bytes());
                    sha.update(text.as_bytes());
                }
                None => sha.update((-1_i32).to_be_bytes()),
            }
        }
        hex(&sha.finalize())
    }
}
