//! The claim behind a link.

use time::OffsetDateTime;

use super::ClaimState;
use crate::ids::{ClaimId, UserId};
use crate::invitations::Token;
use crate::{Backend, Result};

/// A claim, as whoever holds its link sees it. Only [`find`] makes one: having it means that the
/// link was presented.
#[derive(Clone, Debug)]
pub struct Claim {
    pub(super) id: ClaimId,
    pub organization: String,
    pub slug: String,
    /// Of the person whom it is for.
    pub email: String,
    /// Whoever has accepted the invitation.
    pub accepted_by: Option<UserId>,
    pub expires_at: OffsetDateTime,
    pub state: ClaimState,
}

/// The claim with this token, whatever has become of it; `None` when there never was one.
pub async fn find(backend: &Backend, token: &Token) -> Result<Option<Claim>> {
    let mut transaction = backend.pools.auth.begin().await?;
    sqlx::query!("select set_config('app.claim_hash', $1, true)", token.hash_in_hex())
        .fetch_one(&mut *transaction)
        .await?;
    let row = sqlx::query!(
        r#"select key_claims.id, name, slug, email, accepted_by, claimed_at, revoked_at,
                -- One whose invitation was taken back has ended with it.
                least(key_claims.expires_at, revoked_at) as "expires_at!"
         from key_claims
         join invitations on invitations.id = invitation_id
         join organizations on organizations.id = key_claims.organization_id
         where key_claims.token_hash = $1"#,
        &token.hash(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(row.map(|row| Claim {
        id: ClaimId(row.id),
        organization: row.name,
        slug: row.slug,
        email: row.email,
        accepted_by: row.accepted_by.map(UserId),
        expires_at: row.expires_at,
        state: match row.claimed_at {
            Some(_) => ClaimState::Used,
            None if row.revoked_at.is_some() => ClaimState::TakenBack,
            None if row.expires_at <= backend.clock.now() => ClaimState::Expired,
            None => ClaimState::Open,
        },
    }))
}
