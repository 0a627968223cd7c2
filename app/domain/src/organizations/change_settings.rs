//! Another name, time zone or key policy.

use serde_json::json;

use crate::audit::{self, Action};
use crate::members::Admin;
use crate::organizations::NewSettings;
use crate::organizations::get_settings::time_zones;
use crate::organizations::settings::check_seen;
use crate::{Backend, Error, Result, Rule, database};

/// Saves the general settings, unless somebody else has saved since the form was made. Keys that
/// exist already stay as they are.
pub async fn change_settings(backend: &Backend, admin: &Admin, new: &NewSettings) -> Result<()> {
    if !time_zones(backend).await?.contains(&new.time_zone) {
        return Err(Error::invalid("time_zone", Rule::NotAChoice));
    }
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let before = sqlx::query!(
        "select name, time_zone, key_days_max, key_networks_required, key_secret_required, settings_version
         from organizations for no key update",
    )
    .fetch_one(&mut *transaction)
    .await?;
    check_seen(new.seen, before.settings_version)?;
    let before = json!({
        "name": before.name,
        "time_zone": before.time_zone,
        "key_days_max": before.key_days_max,
        "key_networks_required": before.key_networks_required,
        "key_secret_required": before.key_secret_required,
    });
    let after = json!({
        "name": new.name.as_str(),
        "time_zone": new.time_zone,
        "key_days_max": new.key_policy.days_max,
        "key_networks_required": new.key_policy.networks_required,
        "key_secret_required": new.key_policy.secret_required,
    });
    if before == after {
        return Ok(());
    }
    sqlx::query!(
        "update organizations
         set name = $1, time_zone = $2, key_days_max = $3, key_networks_required = $4,
             key_secret_required = $5, settings_version = settings_version + 1",
        new.name.as_str(),
        new.time_zone,
        new.key_policy.days_max,
        new.key_policy.networks_required,
        new.key_policy.secret_required,
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({ "before": before, "after": after });
    let id = admin.organization().id.0;
    audit::record(&mut transaction, admin, Action::SettingsChanged, id, details).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::Admin;
    use crate::organizations::SettingsForm;
    use crate::organizations::get_settings::get_settings;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    fn form(name: &str, zone: &str, seen: i32) -> Result<NewSettings> {
        NewSettings::parse(&SettingsForm {
            name: name.to_owned(),
            time_zone: zone.to_owned(),
            key_days_max: "90".to_owned(),
            seen: seen.to_string(),
            ..SettingsForm::default()
        })
    }

    #[sqlx::test(migrations = false)]
    async fn are_saved_for_one_organization_and_a_stale_form_changes_nothing(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let (one, two) =
            (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
        change_settings(backend, &one, &form("Uno", "Europe/Berlin", 1)?).await?;
        let saved = get_settings(backend, &one).await?;
        assert_eq!((saved.name.as_str(), saved.time_zone.as_str()), ("Uno", "Europe/Berlin"));
        assert_eq!((saved.key_policy.days_max, saved.version), (Some(90), 2));
        assert_eq!(get_settings(backend, &two).await?.name, "two");

        let stale = change_settings(backend, &one, &form("Eins", "UTC", 1)?).await;
        assert_eq!(stale, Err(Error::invalid("seen", Rule::Stale)));
        for zone in ["Mars/Olympus", "", "posix/UTC", "europe/berlin", "EST5EDT"] {
            let wrong = change_settings(backend, &one, &form("Uno", zone, 2)?).await;
            assert_eq!(wrong, Err(Error::invalid("time_zone", Rule::NotAChoice)), "{zone}");
        }
        assert_eq!(get_settings(backend, &one).await?, saved);
        // Saved again as it is, it is no change.
        change_settings(backend, &one, &form("Uno", "Europe/Berlin", 2)?).await?;
        assert_eq!(world.actions(&one).await?, ["organization.settings_changed"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn of_many_who_save_the_same_form_one_does(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin: Admin = world.admin("one", "delphos").await?;
        let tries: Vec<_> = (0..20)
            .map(|at| {
                let (backend, admin) = (Arc::clone(&world.backend), admin.clone());
                tokio::spawn(async move {
                    change_settings(&backend, &admin, &form(&format!("Name {at}"), "UTC", 1)?).await
                })
            })
            .collect();
        let mut saved = 0;
        for one in tries {
            let outcome = one.await.map_err(|error| Error::Internal(error.to_string()))?;
            saved += usize::from(outcome.is_ok());
        }
        assert_eq!(saved, 1);
        assert_eq!(world.actions(&admin).await?, ["organization.settings_changed"]);
        Ok(())
    }
}
