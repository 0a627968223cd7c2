//! Invitations: how people join an organization. Each is bound to an address, an organization and
//! a role, and to a token that stands in the link alone.

#[cfg(feature = "server")]
pub mod accept;
#[cfg(feature = "server")]
pub mod find;
#[cfg(feature = "server")]
pub mod invite;
#[cfg(feature = "server")]
pub mod list;
#[cfg(feature = "server")]
pub mod resend;
#[cfg(feature = "server")]
pub mod revoke;
#[cfg(feature = "server")]
mod token;

#[cfg(feature = "server")]
pub use token::Token;

/// How long a letter can be answered.
#[cfg(feature = "server")]
pub const LIFETIME: time::Duration = time::Duration::days(7);

/// What has become of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    Open,
    Expired,
    Accepted,
    Revoked,
}

/// What the invited person gets to know, by mail or by whom invites.
#[cfg(feature = "server")]
#[derive(Clone, Debug)]
pub struct Letter {
    pub email: String,
    pub role: crate::members::Role,
    pub organization: String,
    /// The name of whom the letter comes from.
    pub inviter: String,
    pub token: Token,
    pub expires_at: time::OffsetDateTime,
}

/// A letter that a form asked for.
#[cfg(feature = "server")]
#[derive(Clone, Debug)]
pub enum Written {
    /// Made now, and never to be had again.
    Now(Letter),
    /// An earlier copy of the form made it; nothing happened this time.
    Before,
}
