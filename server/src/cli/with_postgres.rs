//! `latchkey with-postgres`.

use clap::Args;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};
use tokio::process::{Child, Command};

use super::signals::Signals;
use crate::postgres::{Cluster, Durability, Postgres};
use crate::{Failure, Result};

/// Run a command beside a new, empty PostgreSQL.
///
/// DATABASE_URL names it to the command. It is removed afterwards, and the exit code is the command's.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "people read it as plain text, in --help")]
pub struct Arguments {
    /// The command and its arguments.
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let home =
        Home(std::env::temp_dir().join(format!("latchkey-{}", uuid::Uuid::new_v4().simple())));
    let postgres = tokio::select! {
        postgres = start(&home.0) => postgres?,
        signal = signals.next() => return Ok(ended_by(signal as i32)),
    };
    let status = run_command(&arguments.command, postgres.url(), &mut signals).await;
    postgres.stop().await;
    drop(home);
    Ok(exit_code(status?))
}

async fn start(home: &Path) -> Result<Postgres> {
    Postgres::start(Cluster::prepare(home, Durability::ThrowAway).await?).await
}

/// Removed in the end, however it comes.
struct Home(PathBuf);

impl Drop for Home {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path) {
        tracing::warn!(%error, "{} stays behind", path.display());
    }
}

async fn run_command(command: &[OsString], url: &str, signals: &mut Signals) -> Result<ExitStatus> {
    let (program, arguments) = command.split_first().ok_or_else(|| Failure::new("no command"))?;
    let mut child = Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", url)
        .spawn()
        .map_err(|error| Failure::because(&program.to_string_lossy(), error))?;
    // Ctrl-C in a terminal reaches the command by itself; told twice, many do not end in order.
    let from_terminal = std::io::stdin().is_terminal();
    loop {
        let signal = tokio::select! {
            status = child.wait() => return status.map_err(|error| Failure::because("waiting", error)),
            signal = signals.next() => signal,
        };
        if signal != Signal::SIGINT || !from_terminal {
            pass_on(&child, signal);
        }
    }
}

fn pass_on(child: &Child, signal: Signal) {
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        // It may have ended by itself.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// The command's own code, or what shells say of a command that a signal ended.
fn exit_code(status: ExitStatus) -> ExitCode {
    match (status.code(), status.signal()) {
        (Some(code), _) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        (None, Some(signal)) => ended_by(signal),
        (None, None) => ExitCode::FAILURE,
    }
}

fn ended_by(signal: i32) -> ExitCode {
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(1))
}
