//! Where the database is, for commands that come and go beside a running server.

use clap::Args;
use domain::database::Pools;
use std::path::PathBuf;

use crate::Result;
use crate::startup::Database;

/// Over the settings in `--help` that say where something is.
pub const HEADING: &str = "Where the data is";

/// Where it is.
#[derive(Debug, Args)]
#[command(next_help_heading = HEADING)]
pub struct Place {
    /// The data directory of `latchkey serve`, which may be running.
    #[arg(long, env = "LATCHKEY_DATA_DIR", default_value = ".latchkey", value_name = "DIRECTORY")]
    pub data_dir: PathBuf,

    /// The PostgreSQL that `latchkey serve` uses, if not the private one in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

/// A database that answers.
#[derive(Debug)]
pub struct Opened {
    pub pools: Pools,
    database: Database,
}

impl Place {
    /// Beside a running server, or with the private database for as long as the command takes.
    pub async fn open(&self) -> Result<Opened> {
        let url = self.database_url.as_deref().filter(|url| !url.is_empty());
        let database = Database::reach(&self.data_dir, url).await?;
        let pools = Pools::new(database.options(), database.sign_in());
        Ok(Opened { pools, database })
    }
}

impl Opened {
    /// Hangs up, and ends the database if it is ours.
    pub async fn close(self) {
        self.pools.close().await;
        self.database.stop().await;
    }
}
