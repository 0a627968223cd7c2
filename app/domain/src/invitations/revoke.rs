//! Taking an invitation back.

use serde_json::json;
use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

use crate::audit::{self, Action, Actor};
use crate::ids::{InvitationId, UserId};
use crate::members::{Admin, Role};
use crate::{Backend, Error, Result, database};

/// Makes the link worthless. Revoking again changes nothing.
pub async fn revoke(backend: &Backend, admin: &Admin, id: InvitationId) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let row = sqlx::query!(
        "select email, role, accepted_at, revoked_at from invitations where id = $1 for update",
        id.0,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    admin.may_give(Role::named(&row.role).ok_or(Error::NotFound)?)?;
    if row.accepted_at.is_some() {
        return Err(Error::Conflict("The invitation has been accepted already."));
    }
    if row.revoked_at.is_some() {
        return Ok(());
    }
    sqlx::query!(
        "update invitations set revoked_at = $2 where id = $1",
        id.0,
        backend.clock.now(),
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({ "email": row.email, "role": row.role });
    audit::record(&mut transaction, admin, Action::InvitationRevoked, id.0, details).await?;
    transaction.commit().await?;
    Ok(())
}

/// Takes back what somebody has invited to beyond their reach, now that they have this role, or
/// none: a link that they kept would let them in again.
pub(crate) async fn revoke_beyond(
    transaction: &mut Transaction<'static, Postgres>,
    actor: &impl Actor,
    inviter: UserId,
    role: Option<Role>,
    now: OffsetDateTime,
) -> Result<()> {
    let only_owners = match role {
        Some(Role::Owner) => return Ok(()),
        Some(Role::Admin) => true,
        Some(Role::Developer | Role::Viewer) | None => false,
    };
    let revoked = sqlx::query!(
        "update invitations set revoked_at = $3
         where invited_by = $1 and accepted_at is null and revoked_at is null
           and (role = 'owner' or not $2)
         returning id, email, role",
        inviter.0,
        only_owners,
        now,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for row in revoked {
        let details = json!({ "email": row.email, "role": row.role });
        audit::record(transaction, actor, Action::InvitationRevoked, row.id, details).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invitations::InvitationState;
    use crate::invitations::find::find;
    use crate::invitations::list::list;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn a_revoked_address_can_be_invited_again(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let backend = &world.backend;
        let letter = world.letter(&admin, "new@one.example", Role::Viewer).await?;
        let pending = list(backend, &admin).await?;
        let id = pending.first().ok_or(Error::NotFound)?.id;
        let stranger = world.admin("two", "delphos").await?;
        assert_eq!(revoke(backend, &stranger, id).await, Err(Error::NotFound));
        revoke(backend, &admin, id).await?;
        revoke(backend, &admin, id).await?;
        let found = find(backend, &letter.token).await?.map(|found| found.state);
        assert_eq!(found, Some(InvitationState::Revoked));
        assert!(list(backend, &admin).await?.is_empty());
        world.letter(&admin, "new@one.example", Role::Viewer).await?;
        let recorded = world.actions(&admin).await?;
        assert_eq!(recorded, ["member.invited", "invitation.revoked", "member.invited"]);
        Ok(())
    }
}
