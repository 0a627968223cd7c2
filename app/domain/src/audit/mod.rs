//! Audit events: what was changed, by whom. Written by the transaction that makes the change.

use serde_json::Value;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::Result;
use crate::ids::{OrganizationId, UserId};
use crate::members::{Admin, Member};

/// What was done to what. The names stay as they are once used: people search for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    ChannelAdded,
    ChannelStatusChanged,
    KeyCreated,
    KeyStored,
    KeyRegenerated,
    KeyDisabled,
    KeyEnabled,
    KeyRevoked,
    MemberInvited,
    MemberJoined,
    MemberRoleChanged,
    MemberRemoved,
    MemberLeft,
    InvitationResent,
    InvitationRevoked,
    PasswordChanged,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChannelAdded => "channel.added",
            Self::ChannelStatusChanged => "channel.status_changed",
            Self::KeyCreated => "key.created",
            Self::KeyStored => "key.stored",
            Self::KeyRegenerated => "key.regenerated",
            Self::KeyDisabled => "key.disabled",
            Self::KeyEnabled => "key.enabled",
            Self::KeyRevoked => "key.revoked",
            Self::MemberInvited => "member.invited",
            Self::MemberJoined => "member.joined",
            Self::MemberRoleChanged => "member.role_changed",
            Self::MemberRemoved => "member.removed",
            Self::MemberLeft => "member.left",
            Self::InvitationResent => "invitation.resent",
            Self::InvitationRevoked => "invitation.revoked",
            Self::PasswordChanged => "user.password_changed",
        }
    }
}

/// Somebody who changes something in an organization: one of its members, or vendor staff.
pub trait Actor {
    fn user_id(&self) -> UserId;
    /// In whose log the event stands.
    fn organization_id(&self) -> OrganizationId;
}

impl Actor for Member {
    fn user_id(&self) -> UserId {
        Member::user_id(self)
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization().id
    }
}

impl Actor for Admin {
    fn user_id(&self) -> UserId {
        Member::user_id(self)
    }

    fn organization_id(&self) -> OrganizationId {
        self.organization().id
    }
}

/// Writes the event into the caller's transaction: both happen or neither.
pub async fn record(
    transaction: &mut Transaction<'static, Postgres>,
    actor: &impl Actor,
    action: Action,
    target_id: Uuid,
    details: Value,
) -> Result<()> {
    let connection: &mut PgConnection = transaction;
    sqlx::query!(
        "insert into audit_events (id, organization_id, actor_user_id, action, target_id, details)
         values ($1, $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        actor.organization_id().0,
        actor.user_id().0,
        action.as_str(),
        target_id,
        details,
    )
    .execute(connection)
    .await?;
    Ok(())
}
