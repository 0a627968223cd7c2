//! A new claim, beside the invitation that it belongs to.

use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

use super::LIFETIME;
use crate::ids::{ClaimId, InvitationId, OrganizationId};
use crate::invitations::Token;
use crate::reps::Rep;
use crate::{Backend, Result};

/// The claim's token, which is never to be had again.
pub(crate) struct NewClaim {
    pub id: ClaimId,
    pub token: Token,
    pub expires_at: OffsetDateTime,
}

/// Makes it in the transaction that makes the invitation.
pub(crate) async fn insert(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    rep: &Rep,
    organization_id: OrganizationId,
    invitation_id: InvitationId,
) -> Result<NewClaim> {
    let (id, token) = (ClaimId::generate(), Token::mint()?);
    let expires_at = backend.clock.now() + LIFETIME;
    sqlx::query!(
        "insert into key_claims (id, organization_id, invitation_id, token_hash, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        id.0,
        organization_id.0,
        invitation_id.0,
        &token.hash(),
        rep.user_id().0,
        expires_at,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(NewClaim { id, token, expires_at })
}
