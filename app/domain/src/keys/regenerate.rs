//! A new text for a key: the old one stops at once, all else stays.

use serde_json::json;
use uuid::Uuid;

use crate::approvals;
use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::create::take_token;
use crate::keys::mint::{Credentials, Minted};
use crate::keys::{Environment, KeyStatus};
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Mints a new text (and secret) for the key. A form sent twice regenerates once.
pub async fn regenerate(
    backend: &Backend,
    admin: &Admin,
    id: KeyId,
    form_token: Uuid,
) -> Result<Minted> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let before = sqlx::query!(
        "select status, environment, last_four from api_keys where id = $1 for update",
        id.0
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if !take_token(&mut transaction, admin, form_token, id).await? {
        transaction.rollback().await?;
        return Ok(Minted::Before(id));
    }
    if KeyStatus::named(&before.status) == Some(KeyStatus::Revoked) {
        return Err(Error::Conflict("A revoked key cannot be regenerated: create a new one."));
    }
    let environment = Environment::named(&before.environment).ok_or(Error::NotFound)?;
    let profile = backend.profiles.of(admin.organization())?;
    approvals::require(&mut transaction, profile, environment)
        .await
        .map_err(approvals::as_conflict)?;
    let credentials = Credentials::mint(profile, environment)?;
    let kept = credentials.kept(&backend.pepper);
    sqlx::query!(
        "update api_keys set last_four = $2, digest = $3, pepper_version = $4,
                secret_digest = $5, issued_at = $6
         where id = $1",
        id.0,
        kept.last_four,
        kept.digest,
        kept.pepper_version,
        kept.secret_digest,
        backend.clock.now(),
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({ "last_four": { "before": before.last_four, "after": kept.last_four } });
    audit::record(&mut transaction, admin, Action::KeyRegenerated, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(Minted::Now(id, credentials))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::get::get;
    use crate::keys::revoke::revoke;
    use crate::testing::World;
    use crate::verification::{Demand, Outcome, Presented, Reason, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn the_old_text_dies_and_all_else_stays(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, old) = world.key(&admin, "Export").await?;
        let before = get(&world.backend, &admin, id).await?;
        let token = Uuid::now_v7();
        let minted = regenerate(&world.backend, &admin, id, token).await?;
        let Minted::Now(_, new) = minted else { panic!("shown before it was made") };
        let again = regenerate(&world.backend, &admin, id, token).await?;
        assert!(matches!(again, Minted::Before(_)), "the form counts once");
        let after = get(&world.backend, &admin, id).await?;
        assert_ne!(before.hint, after.hint);
        assert_eq!((before.name, before.created_at), (after.name, after.created_at));

        world.follow().await;
        let outcome = |credentials: &Credentials| {
            let key = Some(credentials.key.expose().as_bytes());
            verify(&world.backend, Presented { key, secret: None }, Demand::default()).outcome()
        };
        assert_eq!(outcome(&old), Outcome::Refused(Reason::Unknown));
        assert_eq!(outcome(&new), Outcome::Accepted);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_revoked_or_foreign_key_is_left_alone(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (ours, theirs) =
            (world.admin("a", "delphos").await?, world.admin("b", "delphos").await?);
        let (id, _) = world.key(&ours, "Export").await?;
        let foreign = regenerate(&world.backend, &theirs, id, Uuid::now_v7()).await;
        assert_eq!(foreign.map(|_| ()), Err(Error::NotFound));
        revoke(&world.backend, &ours, id).await?;
        let revoked = regenerate(&world.backend, &ours, id, Uuid::now_v7()).await;
        assert!(matches!(revoked, Err(Error::Conflict(_))));
        Ok(())
    }
}
