//! Reps: the vendor's staff, who provision organizations and look after them. A [`Rep`] value is
//! the proof that somebody is one; only this module makes it.

#[cfg(feature = "server")]
mod enter;
#[cfg(feature = "server")]
pub mod visit;

#[cfg(feature = "server")]
pub use enter::{enter, enter_by_command};

use crate::audit::{Actor, ActorKind, Origin};
use crate::ids::{OrganizationId, UserId};

/// Proof that a user is one of the vendor's staff, or that the program's own command line is run
/// for one.
#[derive(Clone, Debug)]
pub struct Rep {
    user_id: UserId,
    kind: ActorKind,
    origin: Origin,
}

impl Rep {
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// From where they ask; it goes into the audit log with each change.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The rep at work on one organization, in whose log the work stands.
    pub fn on(&self, organization_id: OrganizationId) -> RepOn {
        RepOn { rep: self.clone(), organization_id }
    }
}

/// A rep at work on one organization.
#[derive(Clone, Debug)]
pub struct RepOn {
    rep: Rep,
    organization_id: OrganizationId,
}

impl Actor for RepOn {
    fn user_id(&self) -> UserId {
        self.rep.user_id
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    fn kind(&self) -> ActorKind {
        self.rep.kind
    }

    fn origin(&self) -> &Origin {
        &self.rep.origin
    }
}
