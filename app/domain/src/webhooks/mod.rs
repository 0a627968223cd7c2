//! Webhooks: addresses of an organization's own programs, which are told what happens to its keys.
//! What they are told, and when, is in [`crate::notices`].

pub mod add;
pub mod address;
pub mod get;
pub mod remove;
pub mod rotate_secret;
pub mod secret;
pub mod send_test;
pub mod switch;

use time::{Duration, OffsetDateTime};

use crate::ids::WebhookId;
use crate::notices::Event;

/// An organization's webhooks, at most.
pub const MOST: i64 = 10;
/// For how long after a rotation the old secret signs, too: programs change over meanwhile.
pub const OLD_SECRET_SIGNS: Duration = Duration::DAY;
/// After how long without a delivery that came through a webhook is switched off.
pub const GIVEN_UP_AFTER: Duration = Duration::days(5);

/// Whether a webhook is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookStatus {
    Active,
    /// Switched off by hand.
    Disabled,
    /// Switched off by the server: nothing came through for [`GIVEN_UP_AFTER`], or the answer was
    /// that nobody is there any more (410).
    Failed,
}

impl WebhookStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
            Self::Failed => "FAILED",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Disabled, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}

/// A webhook as pages show it. There is no secret here, so no page can leak one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    /// Host and path. A query is left out: some receivers put a password there.
    pub shown_url: String,
    pub events: Vec<Event>,
    pub status: WebhookStatus,
    /// Counts the secrets: 1 for the first.
    pub secret_version: i32,
    /// Until when the secret before signs, too.
    pub old_secret_until: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    /// When something came through last.
    pub delivered_at: Option<OffsetDateTime>,
    /// How many deliveries wait.
    pub waiting: i64,
}
