//! Whether a key is one that its would-be changer may change.

use sqlx::{Postgres, Transaction};

use crate::ids::KeyId;
use crate::keys::{Environment, LOGIN_HAS_NO_TEXT};
use crate::members::Author;
use crate::{Error, Result};

/// Every operation on a key asks this first. A key stays in its environment for life, so that the
/// answer holds without a lock.
pub(in crate::keys) async fn permit(
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
    id: KeyId,
) -> Result<()> {
    let environment = sqlx::query_scalar!(
        "select environment from api_keys where id = $1 and draining_of is null",
        id.0
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(Error::NotFound)?;
    author.allows(Environment::named(&environment).ok_or(Error::NotFound)?)
}

/// The same for what gives a key a new text or secret: one that stands for logins has none.
pub(in crate::keys) async fn permit_text(
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
    id: KeyId,
) -> Result<()> {
    permit(transaction, author, id).await?;
    let is_login = sqlx::query_scalar!(
        r#"select app.is_login(login_user_id, prefix) as "is_login!" from api_keys where id = $1"#,
        id.0
    )
    .fetch_one(&mut **transaction)
    .await?;
    if is_login { Err(Error::Conflict(LOGIN_HAS_NO_TEXT)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Backend;
    use crate::keys::create::create;
    use crate::keys::disable::disable;
    use crate::keys::mark_stored::mark_stored;
    use crate::keys::mint::Minted;
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::keys::revoke::revoke;
    use crate::members::Role;
    use crate::testing::{World, new_key, regeneration};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    async fn made(
        backend: &Backend,
        author: &Author,
        name: &str,
        environment: Environment,
    ) -> Result<KeyId> {
        let new = crate::keys::create::NewKey { environment, ..new_key(name)? };
        match create(backend, author, &new).await? {
            Minted::Now(id, _) | Minted::Before(id) => Ok(id),
        }
    }

    #[sqlx::test(migrations = false)]
    async fn developers_make_and_change_test_keys_and_no_others(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "clinikapi").await?);
        let developer = world.join(&admin, "developer", Role::Developer).await?.author()?;
        let viewer = world.join(&admin, "viewer", Role::Viewer).await?;
        assert_eq!(viewer.author().map(|_| ()), Err(Error::Forbidden { needs: Role::Developer }));
        let needs_admin = Error::Forbidden { needs: Role::Admin };
        let live = made(backend, &admin, "Live", Environment::Live).await?;
        let refused = made(backend, &developer, "Live too", Environment::Live).await;
        assert_eq!(refused, Err(needs_admin.clone()));
        let test = made(backend, &developer, "Test", Environment::Test).await?;
        mark_stored(backend, &developer, test, true).await?;
        assert_eq!(mark_stored(backend, &developer, live, true).await, Err(needs_admin.clone()));
        disable(backend, &developer, test).await?;
        assert_eq!(disable(backend, &developer, live).await, Err(needs_admin.clone()));
        let wanted = regeneration(backend, &developer, live, Overlap::Day).await?;
        let refused = regenerate(backend, &developer, live, &wanted).await;
        assert_eq!(refused.map(|_| ()), Err(needs_admin.clone()));
        let wanted = regeneration(backend, &developer, test, Overlap::Day).await?;
        regenerate(backend, &developer, test, &wanted).await?;
        revoke(backend, &developer, test).await?;
        assert_eq!(revoke(backend, &developer, live).await, Err(needs_admin));
        Ok(())
    }
}
