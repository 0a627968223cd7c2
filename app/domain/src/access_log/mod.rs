//! The access log: every call of the API with a key that is known, what came of it, and why. What
//! an organization's own people look at when a program of theirs is refused.
//!
//! Usage counts everything; the log keeps what the API profile asks for, for some days.

#[cfg(feature = "server")]
pub mod callers;
#[cfg(feature = "server")]
pub mod find;
#[cfg(feature = "server")]
pub mod gaps;
#[cfg(feature = "server")]
pub mod list;
#[cfg(feature = "server")]
mod queue;
#[cfg(feature = "server")]
mod request_id;
#[cfg(feature = "server")]
mod row;
#[cfg(feature = "server")]
pub mod write;

#[cfg(feature = "server")]
pub use queue::{Offer, Queue};
#[cfg(feature = "server")]
pub use row::{Call, Endpoint, Row};

use serde::Deserialize;
use std::num::NonZeroU32;

/// Which calls are kept, and what happens when they come faster than they can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub calls: Kept,
    pub when_full: WhenFull,
}

/// Which calls are kept. What was refused always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    #[default]
    All,
    Refused,
    /// One in so many of those that were accepted.
    Sampled(NonZeroU32),
}

/// What happens to a call that there is no room for. It is counted either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It is answered and not logged; how many those are stands on the log's page.
    #[default]
    Shed,
    /// Its answer waits until there is room.
    Block,
}
