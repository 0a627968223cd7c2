//! Audit events: what was changed, by whom. Written by the transaction that makes the change, and
//! chained: each holds the hash of the one before, so that whoever alters the past is found out.

#[cfg(feature = "server")]
pub mod chain;
#[cfg(feature = "server")]
pub mod choices;
#[cfg(all(test, feature = "server"))]
mod completeness;
#[cfg(feature = "server")]
pub mod export;
#[cfg(feature = "server")]
mod line;
#[cfg(feature = "server")]
pub mod list;
#[cfg(feature = "server")]
mod record;
#[cfg(feature = "server")]
pub mod verify;

#[cfg(feature = "server")]
pub use record::record;
#[cfg(feature = "server")]
pub(crate) use record::record_everywhere;

use std::net::IpAddr;

use crate::ids::{OrganizationId, UserId};
use crate::members::{Admin, Author, Member};

/// What was done to what. The names stay as they are once used: people search for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    ChannelAdded,
    ChannelStatusChanged,
    ChannelActingUserChanged,
    KeyCreated,
    KeyImported,
    KeyStored,
    KeyRegenerated,
    KeyDrainExtended,
    KeyDrainEnded,
    KeyEdited,
    KeySecretRotated,
    KeySecretRequired,
    KeySecretWaived,
    KeyDisabled,
    KeyEnabled,
    KeyScreamBegun,
    KeyScreamEnded,
    KeyRevoked,
    MemberInvited,
    MemberJoined,
    MemberRoleChanged,
    MemberRemoved,
    MemberLeft,
    InvitationResent,
    InvitationRevoked,
    PasswordChanged,
    SecondFactorSetUp,
    SecondFactorRemoved,
    RecoveryCodeUsed,
    SettingsChanged,
    SecurityChanged,
    OrganizationProvisioned,
    OrganizationCorrected,
    OrganizationSuspended,
    OrganizationRestored,
    RepEntered,
    RepLeft,
    ClaimMade,
    ClaimUsed,
    ApprovalRecorded,
    ApprovalWithdrawn,
    DocumentCreated,
    DocumentChanged,
    DocumentDeleted,
    WebhookAdded,
    WebhookRemoved,
    WebhookEnabled,
    WebhookDisabled,
    WebhookSecretRotated,
    WebhookTested,
    NoticeSentAgain,
    NoticesChanged,
    DocumentsMoved,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChannelAdded => "channel.added",
            Self::ChannelStatusChanged => "channel.status_changed",
            Self::ChannelActingUserChanged => "channel.acting_user_changed",
            Self::KeyCreated => "key.created",
            Self::KeyImported => "key.imported",
            Self::KeyStored => "key.stored",
            Self::KeyRegenerated => "key.regenerated",
            Self::KeyDrainExtended => "key.drain_extended",
            Self::KeyDrainEnded => "key.drain_ended",
            Self::KeyEdited => "key.edited",
            Self::KeySecretRotated => "key.secret_rotated",
            Self::KeySecretRequired => "key.secret_required",
            Self::KeySecretWaived => "key.secret_waived",
            Self::KeyDisabled => "key.disabled",
            Self::KeyEnabled => "key.enabled",
            Self::KeyScreamBegun => "key.scream_test_begun",
            Self::KeyScreamEnded => "key.scream_test_ended",
            Self::KeyRevoked => "key.revoked",
            Self::MemberInvited => "member.invited",
            Self::MemberJoined => "member.joined",
            Self::MemberRoleChanged => "member.role_changed",
            Self::MemberRemoved => "member.removed",
            Self::MemberLeft => "member.left",
            Self::InvitationResent => "invitation.resent",
            Self::InvitationRevoked => "invitation.revoked",
            Self::PasswordChanged => "user.password_changed",
            Self::SecondFactorSetUp => "user.second_factor_set_up",
            Self::SecondFactorRemoved => "user.second_factor_removed",
            Self::RecoveryCodeUsed => "user.recovery_code_used",
            Self::SettingsChanged => "organization.settings_changed",
            Self::SecurityChanged => "organization.security_changed",
            Self::OrganizationProvisioned => "organization.provisioned",
            Self::ClaimMade => "claim.made",
            Self::ClaimUsed => "claim.used",
            Self::OrganizationCorrected => "organization.corrected",
            Self::OrganizationSuspended => "organization.suspended",
            Self::OrganizationRestored => "organization.restored",
            Self::RepEntered => "rep.entered",
            Self::RepLeft => "rep.left",
            Self::ApprovalRecorded => "approval.recorded",
            Self::ApprovalWithdrawn => "approval.withdrawn",
            Self::DocumentCreated => "document.created",
            Self::DocumentChanged => "document.changed",
            Self::DocumentDeleted => "document.deleted",
            Self::WebhookAdded => "webhook.added",
            Self::WebhookRemoved => "webhook.removed",
            Self::WebhookEnabled => "webhook.enabled",
            Self::WebhookDisabled => "webhook.disabled",
            Self::WebhookSecretRotated => "webhook.secret_rotated",
            Self::WebhookTested => "webhook.tested",
            Self::NoticeSentAgain => "webhook.sent_again",
            Self::NoticesChanged => "organization.notices_changed",
            Self::DocumentsMoved => "documents.moved",
        }
    }
}

/// A time in an event's details: `2026-03-01T10:30:00Z`.
#[cfg(feature = "server")]
pub(crate) fn time_text(at: time::OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC).truncate_to_second();
    // Every year that we write has four digits.
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// Somebody who changes something in an organization: one of its members, or vendor staff.
pub trait Actor {
    fn user_id(&self) -> UserId;
    /// In whose log the event stands.
    fn organization_id(&self) -> OrganizationId;
    /// On which side they stand.
    fn kind(&self) -> ActorKind;
    /// From where they ask for it.
    fn origin(&self) -> &Origin;
}

/// Whether the organization's own people changed something, or the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    Member,
    /// Vendor staff.
    Rep,
    /// Vendor staff, by the program's command line.
    Operator,
    /// Whoever holds the key that the event is about.
    Holder,
}

impl ActorKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Rep => "rep",
            Self::Operator => "operator",
            Self::Holder => "holder",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Member, Self::Rep, Self::Operator, Self::Holder]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// From where a change is asked for; the default is "from within", such as demo data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Who is at the other end of the connection, or whom a trusted proxy names.
    pub ip: Option<IpAddr>,
    /// By which the request's lines in the log are found.
    pub request_id: Option<String>,
}

impl Actor for Member {
    fn user_id(&self) -> UserId {
        Member::user_id(self)
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization().id
    }

    fn kind(&self) -> ActorKind {
        ActorKind::Member
    }

    fn origin(&self) -> &Origin {
        Member::origin(self)
    }
}

impl Actor for Author {
    fn user_id(&self) -> UserId {
        Member::user_id(self)
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization().id
    }

    fn kind(&self) -> ActorKind {
        ActorKind::Member
    }

    fn origin(&self) -> &Origin {
        Member::origin(self)
    }
}

impl Actor for Admin {
    fn user_id(&self) -> UserId {
        Member::user_id(self)
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization().id
    }

    fn kind(&self) -> ActorKind {
        ActorKind::Member
    }

    fn origin(&self) -> &Origin {
        Member::origin(self)
    }
}

/// Somebody who changes something about themselves before or beside any proof of membership: who
/// joins, who takes an organization over, who changes their password.
#[cfg(feature = "server")]
pub(crate) struct Oneself {
    pub user_id: UserId,
    /// In whose log the event stands.
    pub organization_id: OrganizationId,
    pub origin: Origin,
}

#[cfg(feature = "server")]
impl Actor for Oneself {
    fn user_id(&self) -> UserId {
        self.user_id
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    fn kind(&self) -> ActorKind {
        ActorKind::Member
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }
}
