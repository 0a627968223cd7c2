//! PostgreSQL's files: made once, used by every start.

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::path::{Path, PathBuf};
use tokio::process::Command;

use super::account::Account;
use super::programs::Programs;
use super::socket::{SocketDir, make_dir};
use super::{DATABASE, OWNER};
use crate::{Failure, Result};

/// Whether the data must outlive a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    Lasting,
    /// For tests: nothing is waited for.
    ThrowAway,
}

/// PostgreSQL's files, ready to be started on.
#[derive(Debug)]
pub struct Cluster {
    pub(super) account: Account,
    pub(super) programs: Programs,
    pub(super) socket: SocketDir,
    pub(super) files: PathBuf,
    pub(super) log: PathBuf,
    pub(super) durability: Durability,
}

impl Cluster {
    /// The files below `home`, an absolute path; made where they are missing, which takes a few
    /// seconds.
    pub async fn prepare(home: &Path, durability: Durability) -> Result<Self> {
        let account = Account::choose()?;
        account.check_way_to(home)?;
        make_dir(home, account, true)?;
        let files = home.join("cluster");
        let programs = Programs::find(made_by(&files)?)?;
        if made_by(&files)?.is_none() {
            tracing::info!("preparing a private PostgreSQL in {} (a few seconds)", home.display());
            let unfinished = home.join("unfinished");
            initialize(&programs, account, &unfinished, durability).await?;
            std::fs::rename(&unfinished, &files)
                .map_err(|error| Failure::because(&files.display().to_string(), error))?;
        }
        let socket = SocketDir::make(home, account)?;
        Ok(Self { account, programs, socket, files, log: home.join("log"), durability })
    }

    /// How its owner reaches the one database.
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.socket.path())
            .port(SocketDir::port())
            .username(OWNER)
            .database(DATABASE)
            .ssl_mode(PgSslMode::Disable)
    }

    /// The same as an address for other programs.
    pub fn url(&self) -> String {
        let path = self.socket.path().to_string_lossy();
        let host: String = path
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect();
        format!("postgres://{OWNER}@{host}/{DATABASE}")
    }
}

/// The major version of the PostgreSQL that has made the files; `None` when there are none.
fn made_by(files: &Path) -> Result<Option<u32>> {
    let path = files.join("PG_VERSION");
    match std::fs::read_to_string(&path) {
        Ok(version) => version
            .trim()
            .parse()
            .map(Some)
            .map_err(|error| Failure::because(&path.display().to_string(), error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::because(&path.display().to_string(), error)),
    }
}

/// Everybody who reaches the socket is trusted: its directory lets nobody else in.
async fn initialize(
    programs: &Programs,
    account: Account,
    files: &Path,
    durability: Durability,
) -> Result<()> {
    // Of a start that was killed.
    let _ = std::fs::remove_dir_all(files);
    let mut command = Command::new(programs.path("initdb"));
    account.lend(&mut command);
    command
        .args(["--auth=trust", "--locale=C.UTF-8", "--encoding=UTF8", "--no-instructions"])
        .args(["--username", OWNER, "--pgdata"])
        .arg(files)
        .current_dir("/")
        .process_group(0)
        .kill_on_drop(true);
    if durability == Durability::ThrowAway {
        command.arg("--no-sync");
    }
    let output = command.output().await.map_err(|error| Failure::because("initdb", error))?;
    if output.status.success() {
        return Ok(());
    }
    let messages = String::from_utf8_lossy(&output.stderr);
    let reason = messages.lines().find(|line| line.contains("error")).unwrap_or("no reason given");
    Err(Failure::because("initdb failed", reason))
}
