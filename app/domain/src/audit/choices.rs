//! What the log can be filtered by.

use crate::audit::ActorKind;
use crate::ids::UserId;
use crate::members::Admin;
use crate::{Backend, Result, database};

/// Whoever and whatever occurs in the log.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    pub actors: Vec<KnownActor>,
    /// By name.
    pub actions: Vec<String>,
}

/// Somebody who has changed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownActor {
    pub id: UserId,
    /// Where they are members.
    pub name: Option<String>,
    /// On which side they stood, the last time.
    pub kind: ActorKind,
}

/// Jumps from one value to the next in the index, so a long log takes no longer.
pub async fn choices(backend: &Backend, admin: &Admin) -> Result<Choices> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let actors = sqlx::query!(
        r#"with recursive seen (id) as (
               (select actor_user_id from audit_events order by actor_user_id limit 1)
               union all
               select (select actor_user_id from audit_events where actor_user_id > seen.id
                       order by actor_user_id limit 1)
               from seen where seen.id is not null
           )
           select seen.id as "id!", name as "name?",
                  (select actor_kind from audit_events where actor_user_id = seen.id
                   order by seq desc limit 1) as "kind!"
           from seen left join users on users.id = seen.id
           where seen.id is not null order by name, seen.id"#,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let actions = sqlx::query_scalar!(
        r#"with recursive seen (action) as (
               (select action from audit_events order by action limit 1)
               union all
               select (select action from audit_events where action > seen.action
                       order by action limit 1)
               from seen where seen.action is not null
           )
           select action as "action!" from seen where action is not null order by action"#,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let actors = actors.into_iter().map(|row| KnownActor {
        id: UserId(row.id),
        name: row.name,
        kind: ActorKind::named(&row.kind).unwrap_or(ActorKind::Member),
    });
    Ok(Choices { actors: actors.collect(), actions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::revoke::revoke;
    use crate::organizations::suspend::{Suspension, suspend};
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn each_once_and_only_ones_own(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let (one, two) =
            (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
        let (key, _) = world.key(&one, "Export").await?;
        world.key(&one, "Import").await?;
        revoke(&world.backend, &one, key).await?;
        let found = choices(&world.backend, &one).await?;
        let admin = KnownActor {
            id: one.user_id(),
            name: Some("admin of one".to_owned()),
            kind: ActorKind::Member,
        };
        assert_eq!(found.actors, [admin]);
        assert_eq!(found.actions, ["key.created", "key.revoked"]);
        let none = choices(&world.backend, &two).await?;
        assert!(none.actors.is_empty() && none.actions.is_empty());
        // Staff are nobody's members, and are told apart from people who have gone.
        let rep = world.rep("robin").await?;
        suspend(&world.backend, &rep, "two", &Suspension::by_command("unpaid")?).await?;
        let found = choices(&world.backend, &two).await?;
        let kinds: Vec<_> = found.actors.iter().map(|actor| (&actor.name, actor.kind)).collect();
        assert_eq!(kinds, [(&None, ActorKind::Rep)]);
        Ok(())
    }
}
