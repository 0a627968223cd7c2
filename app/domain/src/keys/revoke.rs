//! Revoking a key: final.

use serde_json::json;

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Refuses the key for good. Revoking it again changes nothing.
pub async fn revoke(backend: &Backend, admin: &Admin, id: KeyId) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let before = sqlx::query_scalar!("select status from api_keys where id = $1 for update", id.0)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    if before == "REVOKED" {
        return Ok(());
    }
    sqlx::query!(
        "update api_keys set status = 'REVOKED', revoked_at = $2 where id = $1",
        id.0,
        backend.clock.now(),
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({ "before": before, "after": "REVOKED" });
    audit::record(&mut transaction, admin, Action::KeyRevoked, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::disable::{disable, enable};
    use crate::keys::list::{KeyFilter, KeyState, list};
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn disabling_comes_back_and_revoking_does_not(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, _) = world.key(&admin, "Export").await?;
        let state = async || {
            for state in KeyState::ALL {
                let filter = KeyFilter { state: Some(state), ..KeyFilter::default() };
                if list(&world.backend, &admin, &filter).await?.1 == 1 {
                    return Ok(state.as_str());
                }
            }
            Err(Error::NotFound)
        };
        assert_eq!(state().await?, "active");
        disable(&world.backend, &admin, id).await?;
        assert_eq!(state().await?, "disabled");
        enable(&world.backend, &admin, id).await?;
        assert_eq!(state().await?, "active");
        revoke(&world.backend, &admin, id).await?;
        revoke(&world.backend, &admin, id).await?;
        assert_eq!(state().await?, "revoked");
        assert!(matches!(enable(&world.backend, &admin, id).await, Err(Error::Conflict(_))));
        assert!(matches!(disable(&world.backend, &admin, id).await, Err(Error::Conflict(_))));

        // Each change left its event, and the second revocation, which changed nothing, none.
        let mut transaction =
            database::tenant::begin(&world.backend.pools.app, admin.organization().id).await?;
        let actions = sqlx::query_scalar::<_, String>(
            "select action from audit_events where target_id = $1 order by at, id",
        )
        .bind(id.0)
        .fetch_all(&mut *transaction)
        .await?;
        assert_eq!(actions, ["key.created", "key.disabled", "key.enabled", "key.revoked"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn another_organizations_key_is_not_found(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (ours, theirs) =
            (world.admin("a", "delphos").await?, world.admin("b", "delphos").await?);
        let (id, _) = world.key(&ours, "Export").await?;
        assert_eq!(revoke(&world.backend, &theirs, id).await, Err(Error::NotFound));
        assert_eq!(disable(&world.backend, &theirs, id).await, Err(Error::NotFound));
        assert_eq!(list(&world.backend, &theirs, &KeyFilter::default()).await?.1, 0);
        Ok(())
    }
}
