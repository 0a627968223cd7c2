//! Channels: a way into the API with a status of its own; its keys stop and go with it.

#[cfg(feature = "server")]
pub mod acting_as;
#[cfg(feature = "server")]
pub mod add;
#[cfg(feature = "server")]
pub mod change_acting_user;
#[cfg(feature = "server")]
pub mod change_status;
#[cfg(feature = "server")]
pub mod get;
#[cfg(feature = "server")]
pub mod list;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ids::{ChannelId, UserId};

/// Whether the channel's keys are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChannelStatus {
    Active,
    /// Switched off by its organization.
    Inactive,
    /// Switched off for cause.
    Suspended,
}

impl ChannelStatus {
    pub const ALL: [Self; 3] = [Self::Active, Self::Inactive, Self::Suspended];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Suspended => "SUSPENDED",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// A channel as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub id: ChannelId,
    pub name: String,
    pub status: ChannelStatus,
    pub acting_user_id: Option<UserId>,
    pub acting_user_name: Option<String>,
    pub created_at: OffsetDateTime,
}
