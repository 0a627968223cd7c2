//! How an organization's members sign in.

use serde_json::json;

use crate::audit::{self, Action};
use crate::members::Owner;
use crate::organizations::NewSecurity;
use crate::organizations::settings::check_seen;
use crate::users::{Fresh, second_factor};
use crate::{Backend, Error, Result, Rule, database};

/// Saves what members need to sign in and when they are signed out. Only owners decide on this,
/// and only when it is surely them: it says how well all else is kept.
pub async fn change_security(
    backend: &Backend,
    owner: &Owner,
    new: &NewSecurity,
    _: &Fresh,
) -> Result<()> {
    let has_own = second_factor::get::get(backend, owner.user_id()).await?.is_some();
    if new.second_factor_required && !has_own {
        return Err(Error::invalid("second_factor_required", Rule::SecondFactorFirst));
    }
    let mut transaction =
        database::tenant::begin(&backend.pools.app, owner.organization().id).await?;
    let before = sqlx::query!(
        "select second_factor_required, idle_minutes, settings_version
         from organizations for no key update",
    )
    .fetch_one(&mut *transaction)
    .await?;
    check_seen(new.seen, before.settings_version)?;
    let same = before.second_factor_required == new.second_factor_required
        && before.idle_minutes == new.idle_minutes;
    if same {
        return Ok(());
    }
    sqlx::query!(
        "update organizations
         set second_factor_required = $1, idle_minutes = $2, settings_version = settings_version + 1",
        new.second_factor_required,
        new.idle_minutes,
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({
        "before": {
            "second_factor_required": before.second_factor_required,
            "idle_minutes": before.idle_minutes,
        },
        "after": {
            "second_factor_required": new.second_factor_required,
            "idle_minutes": new.idle_minutes,
        },
    });
    let id = owner.organization().id.0;
    audit::record(&mut transaction, &**owner, Action::SecurityChanged, id, details).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::Role;
    use crate::organizations::get_settings::get_settings;
    use crate::testing::{World, fresh};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn only_owners_decide_and_only_on_what_they_saw(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let owner = world.owner_of("one").await?.owner()?;
        let admin = world.join(&owner, "admin", Role::Admin).await?.admin()?;
        let new = |second_factor_required, seen| NewSecurity {
            second_factor_required,
            idle_minutes: Some(15),
            seen,
        };
        let fresh = fresh()?;
        let not_an_owner = admin.owner().map(|_| ());
        assert_eq!(not_an_owner, Err(Error::Forbidden { needs: Role::Owner }));
        change_security(backend, &owner, &new(false, 1), &fresh).await?;
        let stale = change_security(backend, &owner, &new(false, 1), &fresh).await;
        assert_eq!(stale, Err(Error::invalid("seen", Rule::Stale)));
        let saved = get_settings(backend, &admin).await?;
        assert_eq!((saved.second_factor_required, saved.idle_minutes), (false, Some(15)));
        let actions = world.actions(&owner).await?;
        assert_eq!(actions.last().map(String::as_str), Some("organization.security_changed"));
        Ok(())
    }
}
