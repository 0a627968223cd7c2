//! Demo data: an organization of each vendor with people, channels, keys, documents and a month of
//! usage, so that there is something to see and to try.

mod calls;
mod documents;
mod file;
mod plan;
mod random;
mod seed;
mod usage;

pub use calls::add_calls;
pub use documents::add_documents;
pub use file::DemoFile;

use domain::Backend;
use std::fmt;
use std::path::PathBuf;

use crate::Result;
use crate::data_dir::DataDir;
use crate::startup::{Addresses, Database};

/// In the data directory; tests and tools read it.
const FILE: &str = "demo.json";

/// The demo data that is there, and how to use it. `Display` is for the person who started it, and
/// holds secrets.
#[derive(Debug)]
pub struct Demo {
    path: PathBuf,
    file: DemoFile,
    /// Whether this start has made it.
    new: bool,
}

/// Fills an empty database, and writes the file that says how to use it. `None` when the database
/// holds something else.
pub async fn prepare(
    backend: &Backend,
    database: &Database,
    data_dir: &DataDir,
    addresses: &Addresses,
) -> Result<Option<Demo>> {
    let path = data_dir.path().join(FILE);
    let new = is_empty(backend).await?;
    let known = if new { None } else { DemoFile::read(&path)? };
    let mut file = match known {
        Some(file) => file,
        None if new => {
            tracing::info!("filling the empty database with demo data");
            seed::seed(backend, database).await?
        }
        None => {
            tracing::warn!(
                "no demo data: the database is not empty, and there is no {}",
                path.display()
            );
            return Ok(None);
        }
    };
    file.set_addresses(&backend.profiles, addresses);
    file.write(&path)?;
    Ok(Some(Demo { path, file, new }))
}

async fn is_empty(backend: &Backend) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select not exists (select from organizations) and not exists (select id from users) as "empty!""#
    )
    .fetch_one(&backend.pools.rep)
    .await
    .map_err(|error| domain::Error::from(error).into())
}

impl Demo {
    /// What the file holds.
    pub fn file(&self) -> &DemoFile {
        &self.file
    }
}

impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        if let Some(user) = self.file.everywhere() {
            writeln!(f, "Sign in    {}", self.file.dashboard)?;
            writeln!(f, "           e-mail    {}", user.email)?;
            writeln!(f, "           password  {}", user.password)?;
        }
        if let Some(rep) = self.file.rep() {
            writeln!(f, "As a rep   e-mail    {}", rep.email)?;
            writeln!(f, "           password  {}", rep.password)?;
        }
        if let Some(organization) = self.file.organizations.first() {
            writeln!(f, "Try a key  {}", organization.curl())?;
        }
        writeln!(f, "More       {}", self.path.display())
    }
}
