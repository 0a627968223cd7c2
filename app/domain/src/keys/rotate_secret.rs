//! A new secret for a pair: its key stays as it is.

use serde_json::json;
use uuid::Uuid;

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::KeyStatus;
use crate::keys::form_token::take_token;
use crate::keys::permit::permit_text;
use crate::keys::text::PlainKey;
use crate::members::Author;
use crate::{Backend, Error, Result, database};

/// The answer to the form.
#[derive(Clone, Debug)]
pub enum Rotated {
    /// The new secret: shown now, and never again.
    Now(KeyId, PlainKey),
    /// The same form was sent before.
    Before(KeyId),
}

/// Mints a new secret; the old one is refused from now on. A form sent twice mints one.
pub async fn rotate_secret(
    backend: &Backend,
    author: &Author,
    id: KeyId,
    form_token: Uuid,
) -> Result<Rotated> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit_text(&mut transaction, author, id).await?;
    if !backend.profiles.of(author.organization())?.has_secrets() {
        return Err(Error::Conflict("Keys of this API come without a secret."));
    }
    let status = sqlx::query_scalar!("select status from api_keys where id = $1 for update", id.0)
        .fetch_one(&mut *transaction)
        .await?;
    if !take_token(&mut transaction, author, form_token, id).await? {
        transaction.rollback().await?;
        return Ok(Rotated::Before(id));
    }
    if KeyStatus::named(&status) == Some(KeyStatus::Revoked) {
        return Err(Error::Conflict("A revoked key gets no new secret: create a new key."));
    }
    let secret = PlainKey::mint_secret()?;
    let digest = backend.pepper.digest(secret.expose().as_bytes());
    sqlx::query!("update api_keys set secret_digest = $2 where id = $1", id.0, &digest.0)
        .execute(&mut *transaction)
        .await?;
    audit::record(&mut transaction, author, Action::KeySecretRotated, id.0, json!({})).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(Rotated::Now(id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::mint::Credentials;
    use crate::testing::World;
    use crate::verification::{Demand, Outcome, Presented, Reason, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn the_key_stays_and_the_old_secret_dies(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delivr").await?;
        world.follow().await;
        let (id, Credentials { key, secret }) = world.key(&admin, "Pair").await?;
        let token = Uuid::now_v7();
        let minted = rotate_secret(&world.backend, &admin, id, token).await?;
        let Rotated::Now(_, new) = minted else { panic!("{minted:?}") };
        let again = rotate_secret(&world.backend, &admin, id, token).await?;
        assert!(matches!(again, Rotated::Before(_)), "the form counts once");

        let outcome = |secret: Option<&PlainKey>| {
            let (key, secret) = (key.expose().as_bytes(), secret.map(PlainKey::expose));
            let presented = Presented { key: Some(key), secret: secret.map(str::as_bytes) };
            verify(&world.backend, presented, Demand::default()).outcome()
        };
        assert_eq!(outcome(secret.as_ref()), Outcome::Refused(Reason::WrongSecret));
        assert_eq!(outcome(Some(&new)), Outcome::Accepted);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn keys_without_secrets_and_other_peoples_stay_as_they_are(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (plain, pairs, other) = (
            world.admin("a", "delphos").await?,
            world.admin("b", "delivr").await?,
            world.admin("c", "delivr").await?,
        );
        let (id, _) = world.key(&plain, "Plain").await?;
        let refused = rotate_secret(&world.backend, &plain, id, Uuid::now_v7()).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        let (id, _) = world.key(&pairs, "Pair").await?;
        let foreign = rotate_secret(&world.backend, &other, id, Uuid::now_v7()).await;
        assert_eq!(foreign.map(|_| ()), Err(Error::NotFound));
        Ok(())
    }
}
