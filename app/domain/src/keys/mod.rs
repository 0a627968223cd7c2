//! API keys: what a program shows to be let in. The text is known to us only while it is made;
//! afterwards a digest recognizes it, and a hint (prefix and last four) lets people tell keys apart.

#[cfg(feature = "server")]
pub mod attention;
#[cfg(feature = "server")]
pub mod create;
#[cfg(feature = "server")]
pub mod digest;
#[cfg(feature = "server")]
pub mod disable;
#[cfg(feature = "server")]
pub mod draining;
#[cfg(feature = "server")]
pub mod edit;
#[cfg(feature = "server")]
pub mod edit_form;
#[cfg(feature = "server")]
mod form_token;
#[cfg(feature = "server")]
pub mod get;
#[cfg(feature = "server")]
pub mod import;
#[cfg(feature = "server")]
pub mod list;
#[cfg(feature = "server")]
pub mod mark_stored;
#[cfg(feature = "server")]
pub mod mint;
#[cfg(feature = "server")]
pub mod newest;
pub mod overlap;
#[cfg(feature = "server")]
mod permit;
#[cfg(feature = "server")]
mod policy;
#[cfg(feature = "server")]
pub mod regenerate;
#[cfg(feature = "server")]
pub mod regeneration;
#[cfg(feature = "server")]
pub mod require_secret;
pub mod revocation;
#[cfg(feature = "server")]
pub mod revoke;
#[cfg(feature = "server")]
pub mod revoke_by_command;
#[cfg(feature = "server")]
pub mod revoke_by_possession;
#[cfg(feature = "server")]
pub mod rotate_secret;
#[cfg(feature = "server")]
pub mod scream;
#[cfg(feature = "server")]
pub mod terms;
#[cfg(feature = "server")]
pub mod text;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::channels::ChannelStatus;
use crate::ids::{ChannelId, KeyId};

/// Why a revoked key gets no new text.
const REVOKED_FOR_GOOD: &str = "A revoked key cannot be regenerated: create a new one.";
/// Why a key that stands for logins gets neither text nor secret.
const LOGIN_HAS_NO_TEXT: &str =
    "This stands for logins by password, which have no key to replace: create a key instead.";

/// Whether a key may be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KeyStatus {
    Active,
    /// Refused until it is enabled again.
    Disabled,
    /// Refused for good.
    Revoked,
}

impl KeyStatus {
    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "ACTIVE" => Some(Self::Active),
            "DISABLED" => Some(Self::Disabled),
            "REVOKED" => Some(Self::Revoked),
            _ => None,
        }
    }
}

/// Which of an organization's two worlds a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "server"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Live,
    Test,
}

impl Environment {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    /// The environment of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "live" => Some(Self::Live),
            "test" => Some(Self::Test),
            _ => None,
        }
    }
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    ReadWrite,
    Read,
    Write,
    /// Only what its scopes of the form `resource:action` name.
    Listed,
}

impl Access {
    pub const ALL: [Self; 4] = [Self::ReadWrite, Self::Read, Self::Write, Self::Listed];

    /// As scopes are written in the vendors' documents; of the last, only forms know.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadWrite => "*",
            Self::Read => "read",
            Self::Write => "write",
            Self::Listed => "listed",
        }
    }

    /// The access that a form's value stands for.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.as_str() == name)
    }

    /// All that a key's scopes add up to, apart from those of the form `resource:action`; `None`
    /// when they name nothing known.
    pub fn of_scopes(scopes: &[String]) -> Option<Self> {
        let has = |wanted: Self| scopes.iter().any(|scope| scope == wanted.as_str());
        match (has(Self::ReadWrite), has(Self::Read), has(Self::Write)) {
            (true, _, _) | (_, true, true) => Some(Self::ReadWrite),
            (_, true, _) => Some(Self::Read),
            (_, _, true) => Some(Self::Write),
            _ => scopes.iter().any(|scope| is_listed(scope)).then_some(Self::Listed),
        }
    }

    pub fn may_read(self) -> bool {
        matches!(self, Self::ReadWrite | Self::Read)
    }

    pub fn may_write(self) -> bool {
        matches!(self, Self::ReadWrite | Self::Write)
    }
}

/// Whether the scope names a resource and what may be done with it, such as `patients:read`.
pub fn is_listed(scope: &str) -> bool {
    let part = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    scope.len() <= SCOPE_MAX
        && scope.split_once(':').is_some_and(|(resource, action)| part(resource) && part(action))
}

/// The longest scope, in bytes.
const SCOPE_MAX: usize = 64;

/// The channel that a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChannel {
    pub id: ChannelId,
    pub name: String,
    pub status: ChannelStatus,
}

/// A key as pages show it. There is no digest here, so no page can leak one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, for pages")]
pub struct Key {
    pub id: KeyId,
    pub name: String,
    /// Whether it stands for the logins by password of whoever it was made by: nobody has a text.
    pub is_login: bool,
    /// What lists show: prefix, an ellipsis, the last four characters.
    pub hint: String,
    pub channel: Option<KeyChannel>,
    pub environment: Environment,
    pub access: Access,
    /// Its scopes of the form `resource:action`.
    pub listed: Vec<String>,
    /// From where it may be used; from anywhere where it is empty.
    pub networks: Vec<String>,
    /// In requests a minute.
    pub rate_limit: Option<i32>,
    pub not_before: Option<OffsetDateTime>,
    pub status: KeyStatus,
    /// Until when a scream test has it refused, where one is under way by the server's clock.
    pub screams_until: Option<OffsetDateTime>,
    /// Whether `not_before` is still to come by the server's clock.
    pub early: bool,
    /// Whether it is past `expires_at` by the server's clock.
    pub expired: bool,
    pub has_secret: bool,
    pub secret_required: bool,
    pub created_at: OffsetDateTime,
    pub created_by: String,
    pub issued_at: OffsetDateTime,
    pub expires_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
    /// Why, as whoever revoked it said.
    pub revoked_reason: Option<String>,
    pub last_used_at: Option<OffsetDateTime>,
    /// Requests with it in the last 24 hours, refused ones too.
    pub requests_24h: i64,
}

impl Key {
    /// The end of its text, by which people tell texts apart.
    pub fn last_four(&self) -> &str {
        self.hint.rsplit_once('…').map_or("", |(_, last_four)| last_four)
    }

    /// Why it can get no new text; `None` where it can.
    pub fn keeps_its_text(&self) -> Option<&'static str> {
        if self.is_login {
            return Some(LOGIN_HAS_NO_TEXT);
        }
        (self.status == KeyStatus::Revoked).then_some(REVOKED_FOR_GOOD)
    }

    /// The channel's status, where it is what keeps the key from being accepted.
    pub fn stopped_by_channel(&self) -> Option<ChannelStatus> {
        let status = self.channel.as_ref()?.status;
        (status != ChannelStatus::Active).then_some(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_add_up() {
        let access = |scopes: &[&str]| {
            Access::of_scopes(&scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(access(&["*"]), Some(Access::ReadWrite));
        assert_eq!(access(&["read", "write"]), Some(Access::ReadWrite));
        assert_eq!(access(&["read"]), Some(Access::Read));
        assert_eq!(access(&["write"]), Some(Access::Write));
        assert_eq!(access(&["patients:read"]), Some(Access::Listed));
        assert_eq!(access(&["read", "patients:write"]), Some(Access::Read));
        for unknown in ["unknown", ":", "patients:", ":read", "a:b:c", "a b:c", "listed"] {
            assert_eq!(access(&[unknown]), None, "{unknown}");
        }
    }
}
