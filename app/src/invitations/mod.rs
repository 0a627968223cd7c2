//! What becomes of an invitation's link: written, handed over, opened, accepted.

pub mod actions;
pub mod closed;
mod invitation_page;
pub mod letter;
pub mod sent_page;

pub use invitation_page::InvitationPage;
