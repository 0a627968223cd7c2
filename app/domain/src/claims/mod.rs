//! Claims: links by which the first owner of a new organization makes its first key. A rep hands
//! the link over and never sees the key; the link does nothing for anybody but whoever has accepted
//! the invitation that it belongs to, and works once.

#[cfg(feature = "server")]
mod find;
#[cfg(feature = "server")]
mod insert;
#[cfg(feature = "server")]
mod redeem;

#[cfg(feature = "server")]
pub use find::{Claim, find};
#[cfg(feature = "server")]
pub(crate) use insert::insert;
#[cfg(feature = "server")]
pub use redeem::{Redeemed, redeem};

/// How long a link works: as long as the invitation's first letter, and a week to act upon it.
#[cfg(feature = "server")]
pub const LIFETIME: time::Duration = time::Duration::days(14);

/// What has become of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimState {
    Open,
    Expired,
    /// Its invitation was taken back, as when newer links were made.
    TakenBack,
    Used,
}
