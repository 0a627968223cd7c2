//! Writing an event.

use serde_json::Value;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::{Action, Actor, Oneself, Origin};
use crate::Result;
use crate::ids::{OrganizationId, UserId};

/// Writes the event into the caller's transaction: both happen or neither. Its place in the chain,
/// its time and its hash are the database's business.
///
/// Call it when all else is done: from here until the transaction ends, others who change something
/// in the organization wait, and whoever locks something more could come to wait for them.
pub async fn record(
    transaction: &mut Transaction<'static, Postgres>,
    actor: &impl Actor,
    action: Action,
    target_id: Uuid,
    details: Value,
) -> Result<()> {
    let connection: &mut PgConnection = transaction;
    let origin = actor.origin();
    sqlx::query!(
        "insert into audit_events (id, organization_id, actor_kind, actor_user_id, action, target_id,
                                   details, ip, request_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8::text::inet, $9)",
        Uuid::now_v7(),
        actor.organization_id().0,
        actor.kind().as_str(),
        actor.user_id().0,
        action.as_str(),
        target_id,
        details,
        origin.ip.map(|ip| ip.to_canonical().to_string()),
        origin.request_id.clone(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what somebody did to themselves into the log of each organization that they belong to.
pub(crate) async fn record_everywhere(
    transaction: &mut Transaction<'static, Postgres>,
    user_id: UserId,
    origin: &Origin,
    action: Action,
    details: Value,
) -> Result<()> {
    // In one order, so that two people's changes never wait for each other in a circle.
    let organizations = sqlx::query_scalar!(
        "select organization_id from members where user_id = $1 order by organization_id",
        user_id.0,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for organization_id in organizations {
        sqlx::query!(
            "select set_config('app.organization_id', $1, true)",
            organization_id.to_string()
        )
        .fetch_one(&mut **transaction)
        .await?;
        let oneself = Oneself {
            user_id,
            organization_id: OrganizationId(organization_id),
            origin: origin.clone(),
        };
        record(transaction, &oneself, action, user_id.0, details.clone()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{ActorKind, list};
    use crate::channels::add::{NewChannel, add};
    use crate::members::enter;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn an_event_says_who_asked_for_it_and_from_where(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let origin = Origin {
            // As an IPv4 peer looks to a listener for both kinds.
            ip: "::ffff:203.0.113.7".parse().ok(),
            request_id: Some("1c5e".to_owned()),
        };
        let admin = enter(&world.backend, admin.user_id(), "one", origin).await?.admin()?;
        add(&world.backend, &admin, &NewChannel::parse("Hub", "")?).await?;
        let page = list::list(&world.backend, &admin, &list::Filter::default()).await?;
        let [event] = page.events.as_slice() else { panic!("{page:?}") };
        assert_eq!(event.ip.as_deref(), Some("203.0.113.7"));
        assert_eq!(event.request_id.as_deref(), Some("1c5e"));
        assert_eq!(event.actor_kind, ActorKind::Member);
        assert_eq!(event.actor_name.as_deref(), Some("admin of one"));
        assert_eq!(event.target_name.as_deref(), Some("Hub"));
        assert_eq!((event.seq, event.action.as_str()), (1, "channel.added"));
        Ok(())
    }
}
