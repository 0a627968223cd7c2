//! Whether a pair's secret is asked for: always, or only where it is sent.

use serde_json::json;
use sqlx::{Postgres, Transaction};

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::permit::permit;
use crate::members::Author;
use crate::organizations::get_settings::key_policy;
use crate::users::Fresh;
use crate::{Backend, Error, Result, database};

/// Refuses calls without the secret, from now on.
pub async fn require_secret(backend: &Backend, author: &Author, id: KeyId) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, id).await?;
    if set(&mut transaction, id, true).await? {
        let details = json!({});
        audit::record(&mut transaction, author, Action::KeySecretRequired, id.0, details).await?;
        transaction.commit().await?;
        backend.directory.catch_up().await;
    }
    Ok(())
}

/// Accepts calls without the secret, too: whoever has the key's text alone is let in. That takes
/// somebody who surely is the one signed in.
pub async fn waive_secret(backend: &Backend, author: &Author, id: KeyId, _: &Fresh) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, id).await?;
    if key_policy(&mut transaction).await?.secret_required {
        return Err(Error::Conflict(
            "Your organization wants keys to require the secret. Owners and admins can change that in its settings.",
        ));
    }
    if set(&mut transaction, id, false).await? {
        let details = json!({});
        audit::record(&mut transaction, author, Action::KeySecretWaived, id.0, details).await?;
        transaction.commit().await?;
        backend.directory.catch_up().await;
    }
    Ok(())
}

/// Whether that was a change. What happens to a key happens to its former texts.
async fn set(
    transaction: &mut Transaction<'static, Postgres>,
    id: KeyId,
    required: bool,
) -> Result<bool> {
    let before = sqlx::query!(
        r#"select status, secret_required, secret_digest is not null as "has_secret!"
           from api_keys where id = $1 for update"#,
        id.0
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if !before.has_secret {
        return Err(Error::Conflict("This key comes without a secret."));
    }
    if before.status == "REVOKED" {
        return Err(Error::Conflict("A revoked key stays as it is: create a new one."));
    }
    if before.secret_required == required {
        return Ok(false);
    }
    sqlx::query!(
        "update api_keys set secret_required = $2
         where (id = $1 or draining_of = $1) and secret_digest is not null and status <> 'REVOKED'",
        id.0,
        required,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::create::{NewKey, create};
    use crate::keys::mint::Minted;
    use crate::organizations::change_settings::change_settings;
    use crate::organizations::{NewSettings, SettingsForm};
    use crate::testing::{World, fresh, new_key};
    use crate::verification::{Demand, Outcome, Presented, Reason, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn the_key_alone_counts_only_while_the_secret_is_waived(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delivr").await?);
        world.follow().await;
        let new = NewKey { secret_required: true, ..new_key("Pair")? };
        let Minted::Now(id, pair) = create(backend, &admin, &new).await? else {
            panic!("made before")
        };
        let said = |secret: Option<&str>| {
            let secret = secret.map(str::as_bytes);
            let presented = Presented { key: Some(pair.key.expose().as_bytes()), secret };
            verify(backend, presented, Demand::default()).outcome()
        };
        let without = Outcome::Refused(Reason::SecretRequired);
        assert_eq!(said(None), without);
        // Twice is once.
        for _ in 0..2 {
            waive_secret(backend, &admin, id, &fresh()?).await?;
        }
        assert_eq!(said(None), Outcome::Accepted);
        assert_eq!(said(Some("0")), Outcome::Refused(Reason::WrongSecret));
        for _ in 0..2 {
            require_secret(backend, &admin, id).await?;
        }
        assert_eq!(said(None), without);
        let actions = world.actions(&admin).await?;
        assert_eq!(actions, ["key.created", "key.secret_waived", "key.secret_required"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn organizations_may_forbid_it_and_keys_without_secrets_have_none_to_waive(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let (pairs, plain) =
            (world.admin("pairs", "delivr").await?, world.admin("plain", "delphos").await?);
        let ((pair, _), (single, _)) =
            (world.key(&pairs, "Pair").await?, world.key(&plain, "Single").await?);
        let policy = SettingsForm {
            name: "Pairs".to_owned(),
            time_zone: "UTC".to_owned(),
            secret_required: Some("true".to_owned()),
            seen: "1".to_owned(),
            ..SettingsForm::default()
        };
        change_settings(backend, &pairs, &NewSettings::parse(&policy)?).await?;
        let forbidden = waive_secret(backend, &pairs, pair, &fresh()?).await;
        assert!(matches!(forbidden, Err(Error::Conflict(_))), "{forbidden:?}");
        for refused in [
            waive_secret(backend, &plain, single, &fresh()?).await,
            require_secret(backend, &plain, single).await,
        ] {
            assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        }
        assert_eq!(require_secret(backend, &plain, pair).await, Err(Error::NotFound));
        Ok(())
    }
}
