//! Brings the database to the shape that this program expects.

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
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

async fn run(migrator: &Migrator, connection: &mut PgConnection) -> Result<()> {
    migrator.run(connection).await.map_err(|error| Error::Internal(format!("migrations: {error}")))
}
