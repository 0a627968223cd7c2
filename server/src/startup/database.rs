//! Which database is used: the one that is named, or a private one.

use domain::database::SignIn;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use std::time::Duration;

use crate::config::{Config, describe_database, parse_database_url};
use crate::data_dir::{DataDir, Lock};
use crate::postgres::{Cluster, Durability, Postgres, running};
use crate::{Failure, Result};

/// How long a database may take to answer at the start.
const PATIENCE: Duration = Duration::from_secs(10);
/// Earlier ones lack what row-level security and the key directory need.
const OLDEST: i32 = 15_00_00;

/// A database that answers.
#[derive(Debug)]
pub struct Database {
    options: PgConnectOptions,
    host: Host,
}

/// Who runs it.
#[derive(Debug)]
enum Host {
    /// Somebody else.
    Named,
    /// Another process of ours, as a private one.
    Neighbour,
    /// This process, as a private one.
    Private(Box<Postgres>, Lock),
}

impl Database {
    /// The one at `url`, or else a private one in the data directory.
    pub async fn choose(config: &Config, url: Option<&str>) -> Result<Self> {
        match url {
            Some(url) => Self::named(parse_database_url(url)?).await,
            None => Self::private(&config.data_dir).await,
        }
    }

    /// The database that these options name.
    pub async fn named(options: PgConnectOptions) -> Result<Self> {
        let reach = async {
            let mut connection = options.connect().await?;
            let version = sqlx::query_scalar("select current_setting('server_version_num')::int")
                .fetch_one(&mut connection)
                .await?;
            close(connection).await;
            Ok(version)
        };
        let version: i32 = match tokio::time::timeout(PATIENCE, reach).await {
            Ok(reached) => reached.map_err(|error| unreachable(&options, &reason(&error)))?,
            Err(_) => return Err(unreachable(&options, "no answer within 10 s")),
        };
        if version < OLDEST {
            return Err(Failure::new(format!(
                "{} runs PostgreSQL {}: Latchkey needs {} or later",
                describe_database(&options),
                version / 10_000,
                OLDEST / 10_000
            )));
        }
        Ok(Self { options, host: Host::Named })
    }

    /// What is there already, for a command that comes and goes: the one at `url`, the private one
    /// of a Latchkey that is running on the data directory, or else that directory's private one,
    /// for as long as the command takes.
    pub async fn reach(data_dir: &Path, url: Option<&str>) -> Result<Self> {
        if let Some(url) = url {
            return Self::named(parse_database_url(url)?).await;
        }
        if !data_dir.join("postgres/cluster/PG_VERSION").is_file() {
            return Err(Failure::new(format!(
                "there is no database in the data directory {}: name the one of `latchkey serve` with --data-dir or \
                 LATCHKEY_DATA_DIR, or its PostgreSQL with DATABASE_URL",
                data_dir.display()
            )));
        }
        let data_dir = DataDir::open(data_dir)?;
        match data_dir.try_lock()? {
            Ok(lock) => Self::start(&data_dir, lock).await,
            Err(_) => Self::neighbour(&data_dir).await,
        }
    }

    /// The one that another process has started.
    async fn neighbour(data_dir: &DataDir) -> Result<Self> {
        let options = running::find(&data_dir.path().join("postgres")).ok_or_else(|| {
            Failure::new(format!(
                "a Latchkey runs on the data directory {}, but its PostgreSQL does not: it uses another one \
                 (DATABASE_URL), or is starting or stopping",
                data_dir.path().display()
            ))
        })?;
        Ok(Self { host: Host::Neighbour, ..Self::named(options).await? })
    }

    async fn private(data_dir: &Path) -> Result<Self> {
        let data_dir = DataDir::open(data_dir)?;
        let lock = data_dir.lock()?;
        Self::start(&data_dir, lock).await
    }

    async fn start(data_dir: &DataDir, lock: Lock) -> Result<Self> {
        let home = data_dir.path().join("postgres");
        let postgres = Postgres::start(Cluster::prepare(&home, Durability::Lasting).await?).await?;
        Ok(Self {
            options: postgres.options().clone(),
            host: Host::Private(Box::new(postgres), lock),
        })
    }

    /// How its owner reaches it.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// How our roles do.
    pub fn sign_in(&self) -> SignIn {
        match self.host {
            Host::Named => SignIn::AsOwner,
            Host::Neighbour | Host::Private(..) => SignIn::AsRole,
        }
    }

    /// Ends it, if it is ours.
    pub async fn stop(self) {
        if let Host::Private(postgres, lock) = self.host {
            postgres.stop().await;
            drop(lock);
        }
    }
}

/// It has answered; how it takes the good-bye does not matter.
async fn close(connection: PgConnection) {
    let _ = connection.close().await;
}

fn unreachable(options: &PgConnectOptions, reason: &str) -> Failure {
    Failure::new(format!(
        "cannot use the {}: {reason}. Start it or correct DATABASE_URL; without DATABASE_URL, Latchkey runs a \
         private PostgreSQL",
        describe_database(options)
    ))
}

/// In one line, and without what the server may quote.
fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.message().replace('\n', " "),
        sqlx::Error::Io(error) => error.to_string(),
        other => other.to_string().replace('\n', " "),
    }
}
