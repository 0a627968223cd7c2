//! Reading the settings.

use sqlx::{Postgres, Transaction};

use crate::members::{Admin, Member};
use crate::organizations::{KeyPolicy, Settings};
use crate::{Backend, Result, database};

/// The organization's settings, for those who may change some of them.
pub async fn get_settings(backend: &Backend, admin: &Admin) -> Result<Settings> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let row = sqlx::query!(
        "select name, time_zone, key_days_max, key_networks_required, key_secret_required,
                second_factor_required, idle_minutes, settings_version
         from organizations",
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Settings {
        name: row.name,
        time_zone: row.time_zone,
        key_policy: KeyPolicy {
            days_max: row.key_days_max,
            networks_required: row.key_networks_required,
            secret_required: row.key_secret_required,
        },
        second_factor_required: row.second_factor_required,
        idle_minutes: row.idle_minutes,
        version: row.settings_version,
    })
}

/// What the organization of this transaction asks of new keys.
pub(crate) async fn key_policy(
    transaction: &mut Transaction<'static, Postgres>,
) -> Result<KeyPolicy> {
    Ok(sqlx::query_as!(
        KeyPolicy,
        "select key_days_max as days_max, key_networks_required as networks_required,
                key_secret_required as secret_required
         from organizations",
    )
    .fetch_one(&mut **transaction)
    .await?)
}

/// What the member's organization asks of new keys.
pub async fn policy_of(backend: &Backend, member: &Member) -> Result<KeyPolicy> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let policy = key_policy(&mut transaction).await?;
    transaction.commit().await?;
    Ok(policy)
}

/// The IANA names that the database can reckon with, by region.
pub async fn time_zones(backend: &Backend) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"select name as "name!" from pg_timezone_names
           where name = 'UTC'
              or name ~ '^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/'
           order by name <> 'UTC', name"#
    )
    .fetch_all(&backend.pools.app)
    .await?)
}
