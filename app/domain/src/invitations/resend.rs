//! A new letter for an open invitation.

use serde_json::json;

use crate::audit::{self, Action};
use crate::ids::InvitationId;
use crate::invitations::{LIFETIME, Letter, Token, Written};
use crate::members::{Admin, Role};
use crate::users::Fresh;
use crate::{Backend, Error, Result, database};

/// Writes a new letter, valid as long as the first was; the link of the one before is dead.
/// `letters` is how many there were when the form was made: sent twice, it writes one.
pub async fn resend(
    backend: &Backend,
    admin: &Admin,
    id: InvitationId,
    letters: i32,
    fresh: Result<Fresh>,
) -> Result<Written> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let row = sqlx::query!(
        "select email, role, letters, accepted_at, revoked_at from invitations where id = $1 for update",
        id.0,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    let role = Role::named(&row.role).ok_or(Error::NotFound)?;
    // Whoever has the link can take the role.
    admin.may_give(role)?;
    if role == Role::Owner {
        fresh?;
    }
    if row.accepted_at.is_some() {
        return Err(Error::Conflict("The invitation has been accepted already."));
    }
    if row.revoked_at.is_some() {
        return Err(Error::Conflict("The invitation has been revoked."));
    }
    if row.letters != letters {
        return Ok(Written::Before);
    }
    let (token, expires_at) = (Token::mint()?, backend.clock.now() + LIFETIME);
    sqlx::query!(
        "update invitations set token_hash = $2, expires_at = $3, letters = letters + 1 where id = $1",
        id.0,
        &token.hash(),
        expires_at,
    )
    .execute(&mut *transaction)
    .await?;
    let inviter = sqlx::query_scalar!("select name from users where id = $1", admin.user_id().0)
        .fetch_one(&mut *transaction)
        .await?;
    let details = json!({ "email": row.email, "letters": letters + 1 });
    audit::record(&mut transaction, admin, Action::InvitationResent, id.0, details).await?;
    transaction.commit().await?;
    let organization = admin.organization().name.clone();
    Ok(Written::Now(Letter { email: row.email, role, organization, inviter, token, expires_at }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invitations::InvitationState;
    use crate::invitations::find::find;
    use crate::invitations::list::list;
    use crate::testing::{World, fresh};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn a_new_letter_kills_the_old_one(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let backend = &world.backend;
        let old = world.letter(&admin, "new@one.example", Role::Viewer).await?;
        let pending = list(backend, &admin).await?;
        let id = pending.first().ok_or(Error::NotFound)?.id;
        let Written::Now(new) = resend(backend, &admin, id, 1, fresh()).await? else {
            panic!("no letter")
        };
        assert!(
            matches!(resend(backend, &admin, id, 1, fresh()).await?, Written::Before),
            "sent twice"
        );
        assert!(find(backend, &old.token).await?.is_none());
        let found = find(backend, &new.token).await?.map(|found| found.state);
        assert_eq!(found, Some(InvitationState::Open));
        // An admin cannot get at a link that makes an owner.
        let owner = world.owner_of("two").await?;
        world.letter(&owner, "boss@two.example", Role::Owner).await?;
        let pending = list(backend, &owner).await?;
        let id = pending.first().ok_or(Error::NotFound)?.id;
        let admin = world.join(&owner, "admin", Role::Admin).await?.admin()?;
        let refused = resend(backend, &admin, id, 1, fresh()).await.map(|_| ());
        assert_eq!(refused, Err(Error::Forbidden { needs: Role::Owner }));
        Ok(())
    }
}
