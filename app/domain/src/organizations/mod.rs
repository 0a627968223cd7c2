//! Organizations: the tenants. Each has its own people, channels, keys and data.

#[cfg(feature = "server")]
pub mod change_security;
#[cfg(feature = "server")]
pub mod change_settings;
#[cfg(feature = "server")]
pub mod correct;
#[cfg(feature = "server")]
pub mod get_settings;
#[cfg(feature = "server")]
pub mod list;
mod plan;
#[cfg(feature = "server")]
pub mod provision;
mod settings;
mod slug;
#[cfg(feature = "server")]
pub mod story;
#[cfg(feature = "server")]
pub mod suspend;

pub use plan::Plan;
pub use settings::{
    IDLE_CHOICES, KEY_DAYS_CHOICES, KeyPolicy, NewSecurity, NewSettings, SecurityForm, Settings,
    SettingsForm,
};
pub use slug::Slug;

use serde::{Deserialize, Serialize};

use crate::ids::OrganizationId;

/// An organization as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub id: OrganizationId,
    /// Its place in addresses: `/{slug}/channels`.
    pub slug: String,
    pub name: String,
    /// The name of its API profile.
    pub profile: String,
    pub suspended: bool,
    /// What the vendor's staff gave as the reason.
    pub suspended_reason: Option<String>,
    /// The vendor's own number for it, such as NovaMed's `clinic_id`.
    pub external_id: Option<String>,
    /// In which its people read times: an IANA name.
    pub time_zone: String,
}
