//! Another person as whom a channel's calls are made.

use serde_json::json;

use crate::audit::{self, Action};
use crate::channels::add::no_member;
use crate::ids::{ChannelId, UserId};
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Lets the channel's keys act as this member, or as nobody in particular; they may do what the
/// member may, from the next request on. Setting the same one again changes nothing and leaves no
/// event. A channel that stands for somebody's logins acts as them, or their tokens would be another's.
pub async fn change_acting_user(
    backend: &Backend,
    admin: &Admin,
    id: ChannelId,
    acting: Option<UserId>,
) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let before = sqlx::query!(
        r#"select acting_user_id, email as "email?",
                  exists (select from api_keys
                          where channel_id = channels.id and app.is_login(login_user_id, prefix)) as "is_login!"
           from channels left join users on users.id = acting_user_id
           where channels.id = $1 for update of channels"#,
        id.0,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if before.acting_user_id.map(UserId) == acting {
        return Ok(());
    }
    if before.is_login {
        return Err(Error::Conflict(
            "This channel stands for somebody's logins, and acts as them.",
        ));
    }
    sqlx::query!(
        "update channels set acting_user_id = $2 where id = $1",
        id.0,
        acting.map(|user| user.0)
    )
    .execute(&mut *transaction)
    .await
    .map_err(no_member)?;
    let after = sqlx::query_scalar!(
        "select email from users where id = $1",
        acting.map(|user| user.0) as Option<uuid::Uuid>,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let details = json!({ "acting_user": { "before": before.email, "after": after } });
    audit::record(&mut transaction, admin, Action::ChannelActingUserChanged, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;
    use crate::channels::add::{NewChannel, add};
    use crate::channels::get::get;
    use crate::members::Role;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn only_members_of_the_organization_act(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let (admin, stranger) =
            (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
        let viewer = world.join(&admin, "viewer", Role::Viewer).await?;
        let channel = add(backend, &admin, &NewChannel::parse("Desk", "")?).await?;
        let acts = async |acting: Option<UserId>| {
            change_acting_user(backend, &admin, channel, acting).await?;
            Ok::<_, Error>(get(backend, &admin, channel).await?.acting_user_id)
        };
        for acting in [Some(viewer.user_id()), Some(admin.user_id()), None] {
            assert_eq!(acts(acting).await, Ok(acting));
        }
        let foreign = acts(Some(stranger.user_id())).await;
        assert_eq!(foreign, Err(Error::invalid("acting_user", Rule::NotAChoice)));
        let theirs = change_acting_user(backend, &stranger, channel, None).await;
        assert_eq!(theirs, Err(Error::NotFound));
        Ok(())
    }
}
