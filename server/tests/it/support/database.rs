//! A database for one test.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;

use super::Result;

/// Empty at first, gone in the end.
pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
    url: String,
}

impl TestDatabase {
    pub async fn make() -> Result<Self> {
        let url = std::env::var("DATABASE_URL").map_err(|_| {
            "these tests need DATABASE_URL; try: latchkey with-postgres -- cargo test -p server"
        })?;
        let server: PgConnectOptions = url.parse()?;
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut connection = server.connect().await?;
        sqlx::raw_sql(&format!("create database {name}")).execute(&mut connection).await?;
        connection.close().await?;
        let (before, _) = url.rsplit_once('/').ok_or("DATABASE_URL names no database")?;
        let url = format!("{before}/{name}");
        Ok(Self { server, name, url })
    }

    /// Its address, for other programs.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    /// A connection as its owner, who sees everything.
    pub async fn owner(&self) -> Result<PgConnection> {
        Ok(self.options().connect().await?)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = server.connect().await?;
                let statement = format!("drop database {name} with (force)");
                sqlx::raw_sql(&statement).execute(&mut connection).await?;
                Result::Ok(())
            })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a test's database stays behind: {error}");
        }
    }
}
