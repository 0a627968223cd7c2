//! The invitations that nobody has answered yet.

use time::OffsetDateTime;

use crate::ids::InvitationId;
use crate::members::{Member, Role};
use crate::{Backend, Result, database};

/// An open invitation, as the organization sees it.
#[derive(Clone, Debug)]
pub struct Pending {
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    /// How many letters were written; the form that asks for another one says it.
    pub letters: i32,
    pub expires_at: OffsetDateTime,
    pub expired: bool,
}

/// All of them, the newest first. Expired ones stay until they are sent again or revoked.
pub async fn list(backend: &Backend, member: &Member) -> Result<Vec<Pending>> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let rows = sqlx::query!(
        "select id, email, role, letters, expires_at from invitations
         where accepted_at is null and revoked_at is null order by created_at desc, id desc",
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let now = backend.clock.now();
    let pending = rows.into_iter().filter_map(|row| {
        Some(Pending {
            id: InvitationId(row.id),
            email: row.email,
            role: Role::named(&row.role)?,
            letters: row.letters,
            expires_at: row.expires_at,
            expired: row.expires_at <= now,
        })
    });
    Ok(pending.collect())
}
