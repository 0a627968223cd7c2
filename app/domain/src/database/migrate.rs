//! Brings the database to the shape that this program expects.

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

use crate::{Error, Result};

static CONTROL: Migrator = sqlx::migrate!("../../migrations/control");
static DATASTORE: Migrator = sqlx::migrate!("../../migrations/datastore");

/// Applies what is missing, as the owner. Several programs may do so at once: each migrator
/// holds a lock.
pub async fn migrate(owner: &PgConnectOptions) -> Result<()> {
    let mut connection = owner.clone().application_name("latchkey migrations").connect().await?;
    run(&CONTROL, &mut connection).await?;
    // The two ledgers share a name; the second lives in the datastore's own schema.
    sqlx::raw_sql("create schema if not exists datastore; set search_path = datastore")
        .execute(&mut connection)
        .await?;
    run(&DATASTORE, &mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// The same for a database that holds documents alone, perhaps on a server where there is no role of
/// ours yet.
pub async fn migrate_documents(owner: PgConnectOptions) -> Result<()> {
    let owner = owner.application_name("latchkey migrations");
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(owner.options([("search_path", "datastore")]));
    sqlx::raw_sql(ROLE).execute(&pool).await?;
    sqlx::raw_sql("create schema if not exists datastore").execute(&pool).await?;
    let ran = DATASTORE.run(&pool).await;
    pool.close().await;
    ran.map_err(|error| Error::Internal(format!("migrations: {error}")))
}

/// As the first migration of the other database makes it.
const ROLE: &str = "do $$ begin
    if not exists (select from pg_roles where rolname = 'latchkey_app') then
        begin
            create role latchkey_app login nosuperuser nocreatedb nocreaterole nobypassrls;
        exception when duplicate_object or unique_violation then null;
        end;
    end if;
    if not pg_has_role(current_user, 'latchkey_app', 'MEMBER') then
        execute format('grant latchkey_app to %I', current_user);
    end if;
end $$";

async fn run(migrator: &Migrator, connection: &mut PgConnection) -> Result<()> {
    migrator.run(connection).await.map_err(|error| Error::Internal(format!("migrations: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    /// The migrations before this one.
    fn before(version: i64) -> Migrator {
        let earlier = CONTROL.migrations.iter().filter(|migration| migration.version < version);
        Migrator { migrations: Cow::Owned(earlier.cloned().collect()), ..Migrator::DEFAULT }
    }

    #[sqlx::test(migrations = false)]
    async fn counts_move_into_partitions_whole(
        _: PgPoolOptions,
        superuser: PgConnectOptions,
    ) -> Result<()> {
        // As on a server that is not our own: an owner of the database whom policies bind.
        let owner = format!("owner_of_{}", uuid::Uuid::now_v7().simple());
        let database = superuser.get_database().unwrap_or_default().to_owned();
        let mut connection = superuser.connect().await?;
        sqlx::raw_sql(&format!(
            r#"create role {owner} createrole; alter database "{database}" owner to {owner};
               set role {owner}"#
        ))
        .execute(&mut connection)
        .await?;
        run(&before(120), &mut connection).await?;
        sqlx::raw_sql(
            "reset role;
             insert into organizations (id, slug, name, profile) values (gen_random_uuid(), 'one', 'One', 'delphos');
             insert into users (id, email, name, password_hash) values (gen_random_uuid(), 'a@b.example', 'A', 'x');
             insert into api_keys (organization_id, id, name, prefix, last_four, digest, pepper_version, environment,
                                   scopes, created_by)
             select organizations.id, gen_random_uuid(), 'Export', 'dph_live_', 'abcd', sha256('x'), 1, 'live', '{*}', users.id
             from organizations, users;
             insert into usage_minutes (organization_id, key_id, minute, outcome, requests)
             select organization_id, id, at, 'accepted', 2 from api_keys,
                    generate_series(timestamptz '2025-12-30 22:10+00', '2026-02-01 01:00+00', interval '31 minutes') as at;
             insert into usage_hours (organization_id, key_id, hour, outcome, requests)
             select organization_id, key_id, date_trunc('hour', minute, 'UTC'), outcome, sum(requests)
             from usage_minutes group by 1, 2, 3, 4;
             insert into usage_endpoints
             select organization_id, key_id, hour, '/v1/patients', requests, 0, 10, array_fill(1::bigint, array[11])
             from usage_hours;",
        )
        .execute(&mut connection)
        .await?;
        let all = "select (select (count(*), sum(requests))::text from usage_minutes)
                       || (select (count(*), sum(requests), min(hour), max(hour))::text from usage_hours)
                       || (select (count(*), sum(requests), sum(bytes))::text from usage_endpoints)";
        let told: String = sqlx::query_scalar(all).fetch_one(&mut connection).await?;
        sqlx::raw_sql(&format!("set role {owner}")).execute(&mut connection).await?;
        run(&CONTROL, &mut connection).await?;
        sqlx::raw_sql("reset role").execute(&mut connection).await?;
        let kept: String = sqlx::query_scalar(all).fetch_one(&mut connection).await?;
        assert_eq!(kept, told);
        let days: (i64, i64, bool) = sqlx::query_as(
            "select count(*), count(distinct tableoid),
                    sum(requests) = (select sum(requests) from usage_hours) from usage_days",
        )
        .fetch_one(&mut connection)
        .await?;
        assert_eq!(days, (34, 2, true));
        let of_organizations: (i64, i64, i64, Vec<i64>) = sqlx::query_as(
            "select (select sum(requests) from usage_minutes)::bigint
                    - (select sum(requests) from usage_organization_minutes)::bigint,
                    (select sum(requests) from usage_hours)::bigint
                    - (select sum(requests) from usage_organization_hours)::bigint,
                    (select sum(requests) from usage_days)::bigint
                    - (select sum(requests) from usage_organization_days)::bigint,
                    (select array[sum(requests), sum(bytes), sum(latency[1]), sum(latency[11]), count(*)]::bigint[]
                     from usage_organization_endpoints)",
        )
        .fetch_one(&mut connection)
        .await?;
        let hours: i64 = sqlx::query_scalar("select count(*) from usage_hours")
            .fetch_one(&mut connection)
            .await?;
        let requests: i64 = sqlx::query_scalar("select sum(requests)::bigint from usage_hours")
            .fetch_one(&mut connection)
            .await?;
        let endpoints = vec![requests, 10 * hours, hours, hours, hours];
        assert_eq!(of_organizations, (0, 0, 0, endpoints));
        // Nobody who owns the tables sees more than before.
        let forced: bool = sqlx::query_scalar(
            "select bool_and(relforcerowsecurity) from pg_class where relname like 'usage\\_%' and relkind = 'p'",
        )
        .fetch_one(&mut connection)
        .await?;
        assert!(forced);
        sqlx::raw_sql(&format!(
            r#"alter database "{database}" owner to current_user;
               reassign owned by {owner} to current_user; drop owned by {owner}; drop role {owner}"#
        ))
        .execute(&mut connection)
        .await?;
        connection.close().await?;
        Ok(())
    }
}
