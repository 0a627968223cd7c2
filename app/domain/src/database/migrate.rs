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
