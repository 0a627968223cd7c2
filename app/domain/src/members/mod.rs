//! Membership: who may do what in an organization. A [`Member`], [`Author`] or [`Admin`] value is
//! the proof that somebody may; only this module makes one, so an operation that asks for it cannot be
//! called without the check.

#[cfg(feature = "server")]
mod change_role;
#[cfg(feature = "server")]
mod enter;
#[cfg(feature = "server")]
mod list;
#[cfg(feature = "server")]
mod list_for_user;
#[cfg(feature = "server")]
mod remove;
#[cfg(feature = "server")]
mod roster;

#[cfg(feature = "server")]
pub use change_role::change_role;
#[cfg(feature = "server")]
pub use enter::enter;
#[cfg(feature = "server")]
pub use list::{Colleague, colleague, list};
#[cfg(feature = "server")]
pub use list_for_user::{Membership, list_for_user};
#[cfg(feature = "server")]
pub use remove::{leave, remove};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::audit::Origin;
use crate::ids::UserId;
use crate::keys::Environment;
use crate::organizations::Organization;
use crate::{Error, Result};

/// What a member may do; each role may do all that the ones after it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, and may not be the last to leave.
    Owner,
    /// Changes channels and keys.
    Admin,
    /// Looks at everything, and makes and changes test keys.
    Developer,
    /// Looks at everything.
    Viewer,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Developer, Self::Viewer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    fn is_admin(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Proof that a user belongs to an organization: enough to look.
#[derive(Clone, Debug)]
pub struct Member {
    user_id: UserId,
    organization: Organization,
    role: Role,
    origin: Origin,
    visit_ends_at: Option<OffsetDateTime>,
}

impl Member {
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    pub fn role(&self) -> Role {
        self.role
    }

    /// For one of the vendor's staff who looks around, when that ends. They are no member: their
    /// role is a viewer's, and nothing gives them another.
    pub fn visit_ends_at(&self) -> Option<OffsetDateTime> {
        self.visit_ends_at
    }

    /// From where they ask; it goes into the audit log with each change.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether [`Member::admin`] would succeed; pages ask to leave out what would be refused.
    pub fn is_admin(&self) -> bool {
        self.role.is_admin()
    }

    /// Proof that the member may change channels and keys.
    pub fn admin(&self) -> Result<Admin> {
        if self.role.is_admin() {
            Ok(Admin(Author(self.clone())))
        } else {
            Err(Error::Forbidden { needs: Role::Admin })
        }
    }

    /// Proof that the member may do everything in the organization.
    pub fn owner(&self) -> Result<Owner> {
        match self.role {
            Role::Owner => Ok(Owner(Admin(Author(self.clone())))),
            _ => Err(Error::Forbidden { needs: Role::Owner }),
        }
    }

    /// Proof that the member may make and change keys: all of them, or those for tests.
    pub fn author(&self) -> Result<Author> {
        match self.role {
            Role::Owner | Role::Admin | Role::Developer => Ok(Author(self.clone())),
            Role::Viewer => Err(Error::Forbidden { needs: Role::Developer }),
        }
    }

    /// Whether the member may make and change keys of this environment; pages ask to leave out
    /// what would be refused.
    pub fn may_author(&self, environment: Environment) -> bool {
        self.author().and_then(|author| author.allows(environment)).is_ok()
    }
}

/// Proof that a user may make and change keys. Of which environments, [`Author::allows`] says:
/// whoever takes an author asks it about each key.
#[derive(Clone, Debug)]
pub struct Author(Member);

impl Author {
    /// Live keys are for admins, test keys for developers too.
    pub fn allows(&self, environment: Environment) -> Result<()> {
        match environment {
            Environment::Live if !self.is_admin() => Err(Error::Forbidden { needs: Role::Admin }),
            Environment::Live | Environment::Test => Ok(()),
        }
    }
}

impl std::ops::Deref for Author {
    type Target = Member;

    fn deref(&self) -> &Member {
        &self.0
    }
}

/// Proof that a user may change an organization's channels and keys.
#[derive(Clone, Debug)]
pub struct Admin(Author);

impl std::ops::Deref for Admin {
    type Target = Author;

    fn deref(&self) -> &Author {
        &self.0
    }
}

/// Proof that a user owns an organization.
#[derive(Clone, Debug)]
pub struct Owner(Admin);

impl std::ops::Deref for Owner {
    type Target = Admin;

    fn deref(&self) -> &Admin {
        &self.0
    }
}
