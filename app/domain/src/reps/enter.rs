//! From a signed-in user to the proof that they are a rep.

use crate::audit::{ActorKind, Origin};
use crate::ids::UserId;
use crate::reps::Rep;
use crate::users::Email;
use crate::{Backend, Error, Result, Rule};

/// The rep that this user is. What they change is recorded as coming from `origin`.
pub async fn enter(backend: &Backend, user_id: UserId, origin: Origin) -> Result<Rep> {
    let is_rep = sqlx::query_scalar!("select is_rep from users where id = $1", user_id.0)
        .fetch_optional(&backend.pools.auth)
        .await?
        .unwrap_or(false);
    if is_rep { Ok(Rep { user_id, kind: ActorKind::Rep, origin }) } else { Err(Error::RepsOnly) }
}

/// The rep with this address, for whom somebody runs a command beside the database. That somebody
/// needs no password: they reach the database anyway, and the log says that it was a command.
pub async fn enter_by_command(backend: &Backend, email: &str) -> Result<Rep> {
    let email = Email::parse(email).map_err(|rule| Error::invalid("as", rule))?;
    let id =
        sqlx::query_scalar!("select id from users where email = $1 and is_rep", email.as_str())
            .fetch_optional(&backend.pools.auth)
            .await?
            .ok_or_else(|| Error::invalid("as", Rule::NotARep))?;
    Ok(Rep { user_id: UserId(id), kind: ActorKind::Operator, origin: Origin::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approvals::Gate;
    use crate::audit::{Action, record};
    use crate::database;
    use crate::members::Role;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn only_the_vendors_staff_enters(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let member = world.member("one", "delphos", Role::Owner).await?;
        let entered = enter(&world.backend, member.user_id(), Origin::default()).await;
        assert_eq!(entered.map(|_| ()), Err(Error::RepsOnly));
        let nobody = enter(&world.backend, UserId::generate(), Origin::default()).await;
        assert_eq!(nobody.map(|_| ()), Err(Error::RepsOnly));
        let rep = world.rep("robin").await?;
        assert_eq!(rep.kind, ActorKind::Rep);
        let command = enter_by_command(&world.backend, "Robin@vendor.example").await?;
        assert_eq!((command.user_id(), command.kind), (rep.user_id(), ActorKind::Operator));
        let stranger = enter_by_command(&world.backend, "owner@one.example").await;
        assert_eq!(stranger.map(|_| ()), Err(Error::invalid("as", Rule::NotARep)));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn the_role_behind_it_writes_into_one_log_and_as_staff_only(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (ours, theirs) =
            (world.admin("a", "novamed").await?, world.admin("b", "novamed").await?);
        let rep = world.rep("robin").await?;
        let pool = &world.backend.pools.rep;
        let (here, there) = (ours.organization().id, theirs.organization().id);
        let note = async |actor: &crate::reps::RepOn| {
            let mut transaction = database::tenant::begin(pool, here).await?;
            let details = serde_json::json!({});
            record(&mut transaction, actor, Action::KeyStored, here.0, details).await?;
            transaction.commit().await?;
            Ok::<_, Error>(())
        };
        note(&rep.on(here)).await?;
        assert_eq!(world.actions(&ours).await?, ["key.stored"]);
        assert!(note(&rep.on(there)).await.is_err(), "another organization's log");
        let mut posing = rep.on(here);
        posing.rep.kind = ActorKind::Member;
        assert!(note(&posing).await.is_err(), "as a member");
        let mut posing = rep.on(here);
        posing.rep.user_id = ours.user_id();
        assert!(note(&posing).await.is_err(), "as somebody who is no rep");

        // Approvals and plans are changed where the transaction says, and nothing else is.
        let refused = async |sql: &str| {
            let mut transaction = database::tenant::begin(pool, here).await?;
            let outcome = sqlx::query(sql).bind(there.0).execute(&mut *transaction).await;
            Ok::<_, Error>(outcome.map_or(0, |done| done.rows_affected()))
        };
        for sql in [
            "insert into approvals (organization_id, gate, decided_on, reference, signer, recorded_by)
             select $1, 'baa', current_date, 'x', 'x', id from users where is_rep",
            "update organizations set plan = 'pro' where id = $1",
            "update organizations set name = 'x' where id <> $1",
            "delete from organizations where id <> $1",
            "delete from approvals where organization_id <> $1",
            "select digest from api_keys where organization_id <> $1",
            "select requests from usage_hours where organization_id <> $1",
            "select password_hash from users where id <> $1",
        ] {
            assert_eq!(refused(sql).await?, 0, "{sql}");
        }
        world.approve(&rep, &ours, Gate::Baa).await?;
        Ok(())
    }
}
