//! Provisioning: what a rep fills in about a new organization, on pages or in a file, and the one
//! transaction that makes all of it.

mod form;
#[cfg(feature = "server")]
pub mod import;
#[cfg(feature = "server")]
mod new;
#[cfg(feature = "server")]
pub mod new_links;
#[cfg(feature = "server")]
pub mod provision;

pub use form::{Step, TenantForm};
#[cfg(feature = "server")]
pub use new::{NewTenant, check_step, environments, external_id};

/// What is handed over when an organization has been provisioned.
#[cfg(feature = "server")]
#[derive(Clone, Debug)]
pub struct HandOver {
    pub organization: crate::organizations::Organization,
    /// For the first owner.
    pub letter: crate::invitations::Letter,
    /// Opens the page on which that owner makes the first key.
    pub claim: crate::invitations::Token,
    pub claim_expires_at: time::OffsetDateTime,
}
