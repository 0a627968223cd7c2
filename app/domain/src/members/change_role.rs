//! Another role for a member.

use serde_json::json;

use crate::audit::{self, Action};
use crate::ids::UserId;
use crate::invitations::revoke::revoke_beyond;
use crate::members::roster::Roster;
use crate::members::{Admin, Role};
use crate::users::Fresh;
use crate::{Backend, Error, Result};

/// Changes the member's role, if it still is the one that was seen. It takes effect with their
/// next request. Making and unmaking owners takes somebody who surely is the one signed in.
pub async fn change_role(
    backend: &Backend,
    admin: &Admin,
    user_id: UserId,
    seen: Role,
    role: Role,
    fresh: Result<Fresh>,
) -> Result<()> {
    let (mut transaction, roster) = Roster::hold(backend, admin, user_id).await?;
    let before = roster.role(user_id)?;
    if before == role {
        return Ok(());
    }
    if before != seen {
        return Err(Error::Conflict("Somebody else has changed this role in the meantime."));
    }
    admin.may_give(before)?;
    admin.may_give(role)?;
    if before == Role::Owner || role == Role::Owner {
        fresh?;
    }
    roster.let_go(user_id)?;
    sqlx::query!("update members set role = $2 where user_id = $1", user_id.0, role.as_str())
        .execute(&mut *transaction)
        .await?;
    let now = backend.clock.now();
    revoke_beyond(&mut transaction, admin, user_id, Some(role), now).await?;
    let details = json!({ "before": before, "after": role });
    audit::record(&mut transaction, admin, Action::MemberRoleChanged, user_id.0, details).await?;
    transaction.commit().await?;
    // Channels may act as them.
    backend.directory.catch_up().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Origin;
    use crate::members::{enter, list};
    use crate::testing::{World, fresh};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    #[sqlx::test(migrations = false)]
    async fn only_owners_make_and_unmake_owners(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let owner = world.owner_of("one").await?;
        let admin = world.join(&owner, "admin", Role::Admin).await?.admin()?;
        let viewer = world.join(&owner, "viewer", Role::Viewer).await?;
        let change = async |by: &Admin, who: UserId, seen: Role, role: Role| {
            change_role(&world.backend, by, who, seen, role, fresh()).await
        };
        let needs_owner = Err(Error::Forbidden { needs: Role::Owner });
        assert_eq!(change(&admin, viewer.user_id(), Role::Viewer, Role::Owner).await, needs_owner);
        assert_eq!(change(&admin, owner.user_id(), Role::Owner, Role::Viewer).await, needs_owner);
        change(&admin, viewer.user_id(), Role::Viewer, Role::Developer).await?;
        let entered = enter(&world.backend, viewer.user_id(), "one", Origin::default()).await?;
        assert_eq!(entered.role(), Role::Developer);
        let stale = change(&admin, viewer.user_id(), Role::Viewer, Role::Admin).await;
        assert!(matches!(stale, Err(Error::Conflict(_))), "{stale:?}");
        let stranger = world.admin("two", "delphos").await?;
        let other = change(&stranger, viewer.user_id(), Role::Developer, Role::Admin).await;
        assert_eq!(other, Err(Error::NotFound));
        let last = change(&owner, owner.user_id(), Role::Owner, Role::Admin).await;
        assert!(matches!(last, Err(Error::Conflict(_))), "{last:?}");
        let long_ago = Err(Error::ProofNeeded);
        let unproved = change_role(
            &world.backend,
            &owner,
            viewer.user_id(),
            Role::Developer,
            Role::Owner,
            long_ago,
        );
        assert_eq!(unproved.await, Err(Error::ProofNeeded));
        change(&owner, viewer.user_id(), Role::Developer, Role::Owner).await?;
        change(&owner, owner.user_id(), Role::Owner, Role::Admin).await?;
        // The proof from before does not outlive the role.
        let outlived = change(&owner, viewer.user_id(), Role::Owner, Role::Viewer).await;
        assert!(matches!(outlived, Err(Error::Conflict(_))), "{outlived:?}");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn two_owners_who_step_down_at_once_leave_one(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let first = world.owner_of("one").await?;
        let second = world.join(&first, "second", Role::Owner).await?.admin()?;
        for _ in 0..10 {
            let step_down = |who: &Admin, about: UserId| {
                let (backend, who) = (Arc::clone(&world.backend), who.clone());
                tokio::spawn(async move {
                    change_role(&backend, &who, about, Role::Owner, Role::Admin, fresh()).await
                })
            };
            let both = (step_down(&first, first.user_id()), step_down(&second, second.user_id()));
            let joined = |error: tokio::task::JoinError| Error::Internal(error.to_string());
            let outcomes = [both.0.await.map_err(joined)?, both.1.await.map_err(joined)?];
            assert_eq!(
                outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
                1,
                "{outcomes:?}"
            );
            let people = list(&world.backend, &first).await?;
            let owners: Vec<_> =
                people.iter().filter(|person| person.role == Role::Owner).collect();
            assert_eq!(owners.len(), 1);
            // Both are owners again for the next round.
            let (stays, went) = if owners.iter().any(|owner| owner.user_id == first.user_id()) {
                (&first, &second)
            } else {
                (&second, &first)
            };
            let back = change_role(
                &world.backend,
                stays,
                went.user_id(),
                Role::Admin,
                Role::Owner,
                fresh(),
            );
            back.await?;
        }
        Ok(())
    }
}
