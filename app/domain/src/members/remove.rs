//! Members who leave, or are made to.

use serde_json::json;
use sqlx::{Postgres, Transaction};

use crate::audit::{self, Action, Actor};
use crate::ids::UserId;
use crate::invitations::revoke::revoke_beyond;
use crate::members::roster::Roster;
use crate::members::{Admin, Member};
use crate::users::Fresh;
use crate::{Backend, Error, Result};

/// Removes somebody else. Whatever they do next finds that they do not belong here.
pub async fn remove(backend: &Backend, admin: &Admin, user_id: UserId, _: &Fresh) -> Result<()> {
    if user_id == admin.user_id() {
        return Err(Error::Conflict("To go yourself, leave the organization."));
    }
    let (mut transaction, roster) = Roster::hold(backend, admin, user_id).await?;
    let role = roster.role(user_id)?;
    admin.may_give(role)?;
    roster.let_go(user_id)?;
    let email = delete(backend, &mut transaction, admin, user_id).await?;
    let details = json!({ "email": email, "role": role });
    audit::record(&mut transaction, admin, Action::MemberRemoved, user_id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

/// Leaves the organization.
pub async fn leave(backend: &Backend, member: &Member) -> Result<()> {
    let user_id = member.user_id();
    let (mut transaction, roster) = Roster::hold(backend, member, user_id).await?;
    roster.let_go(user_id)?;
    let email = delete(backend, &mut transaction, member, user_id).await?;
    let details = json!({ "email": email, "role": member.role() });
    audit::record(&mut transaction, member, Action::MemberLeft, user_id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

/// Switches the channels off that act as this person: acting as nobody, their keys would be allowed
/// more than before. An admin says who comes next, and switches them on again.
async fn stop_channels(
    transaction: &mut Transaction<'static, Postgres>,
    actor: &impl Actor,
    user_id: UserId,
    email: &str,
) -> Result<()> {
    let stopped = sqlx::query!(
        "with theirs as (select id, status from channels where acting_user_id = $1 for update)
         update channels
         set acting_user_id = null,
             status = case theirs.status when 'ACTIVE' then 'INACTIVE' else theirs.status end
         from theirs where channels.id = theirs.id
         returning channels.id, theirs.status as before, channels.status as after",
        user_id.0,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for channel in stopped {
        let details = json!({
            "acting_user": { "before": email, "after": null },
            "status": { "before": channel.before, "after": channel.after },
        });
        let action = Action::ChannelActingUserChanged;
        audit::record(transaction, actor, action, channel.id, details).await?;
    }
    Ok(())
}

/// Deletes the membership, stops what was done in its name, and gives its address.
async fn delete(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    actor: &impl Actor,
    user_id: UserId,
) -> Result<String> {
    let email = sqlx::query_scalar!("select email from users where id = $1", user_id.0)
        .fetch_one(&mut **transaction)
        .await?;
    stop_channels(transaction, actor, user_id, &email).await?;
    revoke_beyond(transaction, actor, user_id, None, backend.clock.now()).await?;
    sqlx::query!("delete from members where user_id = $1", user_id.0)
        .execute(&mut **transaction)
        .await?;
    Ok(email)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Origin;
    use crate::channels::add::{NewChannel, add};
    use crate::channels::{self, ChannelStatus};
    use crate::invitations::InvitationState;
    use crate::invitations::find::find;
    use crate::members::{Role, enter, list};
    use crate::testing::{World, fresh};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    #[sqlx::test(migrations = false)]
    async fn who_is_removed_does_not_get_in_again(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let owner = world.owner_of("one").await?;
        let admin = world.join(&owner, "admin", Role::Admin).await?.admin()?;
        let viewer = world.join(&owner, "viewer", Role::Viewer).await?;
        let acting = NewChannel::parse("Desk", &viewer.user_id().to_string())?;
        let channel = add(backend, &admin, &acting).await?;
        let needs_owner = Err(Error::Forbidden { needs: Role::Owner });
        assert_eq!(remove(backend, &admin, owner.user_id(), &fresh()?).await, needs_owner);
        assert!(matches!(
            remove(backend, &admin, admin.user_id(), &fresh()?).await,
            Err(Error::Conflict(_))
        ));
        let stranger = world.admin("two", "delphos").await?;
        assert_eq!(
            remove(backend, &stranger, viewer.user_id(), &fresh()?).await,
            Err(Error::NotFound)
        );

        let kept = Role::Admin;
        let colleague = world.join(&owner, "colleague", kept).await?.admin()?;
        let back_door = world.letter(&colleague, "back.door@one.example", kept).await?;
        remove(backend, &admin, colleague.user_id(), &fresh()?).await?;
        let state = find(backend, &back_door.token).await?.map(|found| found.state);
        assert_eq!(state, Some(InvitationState::Revoked));

        remove(backend, &admin, viewer.user_id(), &fresh()?).await?;
        let entered = enter(backend, viewer.user_id(), "one", Origin::default()).await;
        assert_eq!(entered.map(|_| ()), Err(Error::NotFound));
        let channel = channels::get::get(backend, &admin, channel).await?;
        assert_eq!((channel.acting_user_id, channel.status), (None, ChannelStatus::Inactive));
        assert_eq!(
            remove(backend, &admin, viewer.user_id(), &fresh()?).await,
            Err(Error::NotFound),
            "again"
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn of_many_owners_who_leave_at_once_one_stays(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let first = world.owner_of("one").await?;
        let mut owners: Vec<Member> = vec![Member::clone(&first)];
        for number in 0..7 {
            owners.push(world.join(&first, &format!("owner{number}"), Role::Owner).await?);
        }
        let going: Vec<_> = owners
            .iter()
            .cloned()
            .map(|owner| {
                let backend = Arc::clone(&world.backend);
                tokio::spawn(async move { leave(&backend, &owner).await })
            })
            .collect();
        let mut refused = 0;
        for gone in going {
            match gone.await.map_err(|error| Error::Internal(error.to_string()))? {
                Ok(()) => {}
                Err(Error::Conflict(_)) => refused += 1,
                Err(error) => return Err(error),
            }
        }
        assert_eq!(refused, 1);
        let people = list(&world.backend, &first).await?;
        assert_eq!(people.iter().map(|person| person.role).collect::<Vec<_>>(), [Role::Owner]);
        Ok(())
    }
}
