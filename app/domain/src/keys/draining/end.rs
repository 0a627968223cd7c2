//! Ending a former text before its time.

use serde_json::json;
use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

use super::lock;
use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::permit::permit;
use crate::members::Author;
use crate::{Backend, Result, database};

/// Refuses the key's former text from now on, for good.
pub async fn end(backend: &Backend, author: &Author, key: KeyId, old: KeyId) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, key).await?;
    let now = backend.clock.now();
    let live = lock(&mut transaction, key, old, now).await?;
    sqlx::query!(
        "update api_keys set status = 'REVOKED', revoked_at = $2, revoked_reason = 'Rotated' where id = $1",
        old.0,
        now,
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({
        "old_key": live.last_four,
        "before": audit::time_text(live.expires_at),
        "after": audit::time_text(now),
    });
    audit::record(&mut transaction, author, Action::KeyDrainEnded, key.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

/// Ends all of the key's former texts, for an operation that writes its own event. Gives their
/// last four characters.
pub(in crate::keys) async fn end_all(
    transaction: &mut Transaction<'static, Postgres>,
    key: KeyId,
    now: OffsetDateTime,
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "update api_keys set status = 'REVOKED', revoked_at = $2, revoked_reason = 'Rotated'
         where draining_of = $1 and status <> 'REVOKED' and expires_at > $2
         returning last_four",
        key.0,
        now,
    )
    .fetch_all(&mut **transaction)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::keys::disable::{disable, enable};
    use crate::keys::draining::list::old_texts;
    use crate::keys::mint::Credentials;
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::keys::revoke::revoke;
    use crate::members::Admin;
    use crate::testing::{World, regeneration};
    use crate::verification::{Demand, Outcome, Presented, Reason, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use sqlx::{ConnectOptions, Connection};

    fn outcome(world: &World, credentials: &Credentials) -> Outcome {
        let key = Some(credentials.key.expose().as_bytes());
        verify(&world.backend, Presented { key, secret: None }, Demand::default()).outcome()
    }

    /// A key with one former text, whose row this is.
    async fn draining(world: &World, admin: &Admin) -> Result<(KeyId, Credentials, KeyId)> {
        let (id, old) = world.key(admin, "Export").await?;
        let wanted = regeneration(&world.backend, admin, id, Overlap::Day).await?;
        regenerate(&world.backend, admin, id, &wanted).await?;
        let texts = old_texts(&world.backend, admin, id).await?;
        Ok((id, old, texts.first().ok_or(Error::NotFound)?.id))
    }

    #[sqlx::test(migrations = false)]
    async fn an_ended_text_stays_ended(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let foreign = world.admin("two", "delphos").await?;
        world.follow().await;
        let (key, text, old) = draining(&world, &admin).await?;
        let (other, ..) = draining(&world, &admin).await?;
        assert_eq!(end(&world.backend, &foreign, key, old).await, Err(Error::NotFound));
        assert_eq!(end(&world.backend, &admin, other, old).await, Err(Error::NotFound));
        assert_eq!(outcome(&world, &text), Outcome::Accepted);
        end(&world.backend, &admin, key, old).await?;
        assert_eq!(outcome(&world, &text), Outcome::Refused(Reason::Revoked));
        let again = end(&world.backend, &admin, key, old).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn what_happens_to_a_key_happens_to_its_former_texts(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        world.follow().await;
        let (key, text, _) = draining(&world, &admin).await?;
        disable(&world.backend, &admin, key).await?;
        assert_eq!(outcome(&world, &text), Outcome::Refused(Reason::Disabled));
        enable(&world.backend, &admin, key).await?;
        assert_eq!(outcome(&world, &text), Outcome::Accepted);
        revoke(&world.backend, &admin, key).await?;
        assert_eq!(outcome(&world, &text), Outcome::Refused(Reason::Revoked));

        // An ended text is not brought back with its key.
        let (key, text, old) = draining(&world, &admin).await?;
        end(&world.backend, &admin, key, old).await?;
        disable(&world.backend, &admin, key).await?;
        enable(&world.backend, &admin, key).await?;
        assert_eq!(outcome(&world, &text), Outcome::Refused(Reason::Revoked));

        // Deleting is nothing that pages offer: whoever does it in SQL takes the texts along.
        let (key, text, _) = draining(&world, &admin).await?;
        let mut owner = world.owner.connect().await?;
        sqlx::query("delete from form_tokens").execute(&mut owner).await?;
        sqlx::query("delete from api_keys where id = $1").bind(key.0).execute(&mut owner).await?;
        owner.close().await?;
        world.backend.directory.catch_up().await;
        assert_eq!(outcome(&world, &text), Outcome::Refused(Reason::Unknown));
        Ok(())
    }
}
