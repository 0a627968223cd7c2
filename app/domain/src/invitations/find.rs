//! The invitation behind a link.

use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

use crate::ids::UserId;
use crate::invitations::{InvitationState, Token};
use crate::members::Role;
use crate::{Backend, Error, Result};

/// An invitation, as whoever holds its link sees it.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub email: String,
    pub role: Role,
    pub organization: String,
    pub slug: String,
    pub inviter: String,
    pub expires_at: OffsetDateTime,
    pub state: InvitationState,
    pub accepted_by: Option<UserId>,
    /// Whether there is a user with this address, who only has to sign in.
    pub has_account: bool,
}

/// The invitation with this token, whatever has become of it; `None` when there never was one, or
/// when a newer letter has replaced this one.
pub async fn find(backend: &Backend, token: &Token) -> Result<Option<Invitation>> {
    let mut transaction = present(backend, token).await?;
    let row = sqlx::query!(
        r#"select invitations.email, role, organizations.name as organization, slug, users.name as inviter,
                  expires_at, accepted_at, accepted_by, revoked_at,
                  exists (select from users where users.email = invitations.email) as "has_account!"
           from invitations
           join organizations on organizations.id = organization_id
           join users on users.id = invited_by
           where token_hash = $1"#,
        &token.hash(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let Some(row) = row else { return Ok(None) };
    let state = match (row.accepted_at, row.revoked_at) {
        (Some(_), _) => InvitationState::Accepted,
        (None, Some(_)) => InvitationState::Revoked,
        (None, None) if row.expires_at <= backend.clock.now() => InvitationState::Expired,
        (None, None) => InvitationState::Open,
    };
    Ok(Some(Invitation {
        email: row.email,
        role: Role::named(&row.role).ok_or(Error::NotFound)?,
        organization: row.organization,
        slug: row.slug,
        inviter: row.inviter,
        expires_at: row.expires_at,
        state,
        accepted_by: row.accepted_by.map(UserId),
        has_account: row.has_account,
    }))
}

/// Begins a transaction in which row-level security lets the presented token's invitation through
/// and no other.
pub(super) async fn present(
    backend: &Backend,
    token: &Token,
) -> Result<Transaction<'static, Postgres>> {
    let mut transaction = backend.pools.auth.begin().await?;
    sqlx::query!("select set_config('app.invitation_hash', $1, true)", token.hash_in_hex())
        .fetch_one(&mut *transaction)
        .await?;
    Ok(transaction)
}
