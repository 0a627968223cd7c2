//! Choosing a new password without the old one, by a letter or by a link that whoever runs the
//! program hands over.

pub mod choose;
pub mod find;
pub mod issue;

use time::Duration;

use crate::invitations::Token;

/// How long a link works. It works once.
pub const LIFETIME: Duration = Duration::hours(1);

/// What goes to the user.
#[derive(Clone, Debug)]
pub struct ResetLetter {
    pub email: String,
    pub token: Token,
    pub expires_at: time::OffsetDateTime,
}
