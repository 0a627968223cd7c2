//! Verification: from what a program presents to a verdict. Outcomes are values; what they look
//! like on the wire is the API profile's business.

#[cfg(feature = "server")]
mod presented;
#[cfg(feature = "server")]
mod recognize;
#[cfg(all(test, feature = "server"))]
mod said;
#[cfg(feature = "server")]
mod scope;
#[cfg(feature = "server")]
mod secret;
#[cfg(feature = "server")]
mod tally;
#[cfg(feature = "server")]
mod verdict;
#[cfg(feature = "server")]
mod verify;

#[cfg(feature = "server")]
pub use crate::directory::Allowance;
#[cfg(feature = "server")]
pub use presented::{Demand, Presented};
#[cfg(feature = "server")]
pub use tally::Tally;
#[cfg(feature = "server")]
pub use verdict::{Grant, Verdict};
#[cfg(feature = "server")]
pub use verify::{verify, verify_at};

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why a request was refused. Checked in this order; the first that applies is the reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
        }

        impl Reason {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As it stands in answers, counts and logs.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The reason of that name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == name)
            }
        }
    };
}

reasons! {
    /// Nothing has been heard from the database for longer than the limit: a revocation might
    /// have been missed, so nobody is let in. Which limit counts, only the key's organization
    /// says; before the first load, nothing else is asked.
    Stale = "stale",
    /// No key was presented.
    Missing = "missing",
    /// The text cannot be a key: wrong prefix, length, alphabet or checksum.
    Malformed = "malformed",
    /// It looks like a key, but there is none like it.
    Unknown = "unknown",
    /// The key belongs to another profile or another tenant than the address asks for.
    WrongTenant = "wrong_tenant",
    /// A pair's second half is missing, and the key demands it.
    SecretRequired = "secret_required",
    /// A pair's second half is not the key's.
    WrongSecret = "wrong_secret",
    Revoked = "revoked",
    Disabled = "disabled",
    Expired = "expired",
    /// The key is not good before a later moment.
    NotYetValid = "not_yet_valid",
    OrganizationSuspended = "organization_suspended",
    ChannelInactive = "channel_inactive",
    ChannelSuspended = "channel_suspended",
    /// The key is of the other of its organization's two worlds.
    WrongEnvironment = "wrong_environment",
    /// The key's scopes, or the person that its channel acts as, do not allow this.
    OutOfScope = "out_of_scope",
    /// The key may not be used from there.
    IpRefused = "ip_refused",
    /// The key has been used too often in the last minute.
    RateLimited = "rate_limited",
    /// Something that the vendor demands before such keys is not on record.
    GateClosed = "gate_closed",
}

/// How a request ended, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    Accepted,
    Refused(Reason),
}

impl Outcome {
    /// In the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Accepted).chain(Reason::ALL.iter().copied().map(Self::Refused))
    }

    /// A number that lasts as long as the program runs.
    pub fn number(self) -> u64 {
        match self {
            Self::Accepted => 0,
            Self::Refused(reason) => reason as u64 + 1,
        }
    }

    /// The outcome of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|outcome| outcome.as_str() == name)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(reason) => reason.as_str(),
        }
    }
}
