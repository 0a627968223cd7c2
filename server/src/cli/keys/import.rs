//! `latchkey keys import`.

use clap::Args;
use domain::keys::import::ImportLine;
use domain::keys::import::write::{Mode, import};
use std::path::PathBuf;
use std::process::ExitCode;

use super::{counted, file};
use crate::Result;
use crate::cli::organization::Organization;
use crate::cli::output::{complain, report};
use crate::cli::reach::{Reached, Where};

/// Import keys that were made elsewhere.
///
/// Their programs go on as they are. All of a file is imported, or nothing if a line of it breaks a
/// rule.
///
/// The file holds comma-separated values beneath a line that names the columns, or, if its name
/// ends in `.jsonl`, one JSON object a line. `name`, `format` and `key` must be there; `prefix`,
/// `last_four`, `environment`, `scopes`, `channel`, `expires_at`, `networks` and `rate_limit` may.
/// Several scopes or networks have blanks between them.
///
/// The `format` says what `key` is: `plain` (the text), `sha256` (its SHA-256 in hexadecimal) or
/// `hmac` (its HMAC-SHA-256 under this installation's pepper). The `prefix` is what the text begins
/// with; texts that begin otherwise than a known key are refused without a look, so say it even of
/// a digest, and leave it empty only for texts that have none. A text that begins like keys made
/// here, and is as long, may lack it: it has theirs. If it is like those of another API, it is
/// refused; so it is by each call where only its digest was known, of which nobody can tell.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    organization: Organization,

    /// Only check; write nothing.
    #[arg(long)]
    dry_run: bool,

    /// The keys, as CSV or JSON lines.
    file: PathBuf,

    #[command(flatten)]
    place: Where,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let lines = file::read(&arguments.file)?;
    let reached = arguments.place.reach_with_pepper().await?;
    let outcome = run_lines(&arguments, &reached, &lines).await;
    reached.leave().await;
    outcome
}

async fn run_lines(
    arguments: &Arguments,
    reached: &Reached,
    lines: &[(u64, ImportLine)],
) -> Result<ExitCode> {
    let organization = &arguments.organization;
    let mode = if arguments.dry_run { Mode::Check } else { Mode::Write };
    let made = import(&reached.backend, &reached.rep, &organization.slug, lines, mode).await;
    match made.map_err(|error| organization.failure(error))? {
        Ok(count) => {
            let count = counted(count);
            complain(&match mode {
                Mode::Check => format!("{count} can be imported. Nothing was written."),
                Mode::Write => format!("{count} imported."),
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            report(&broken, lines.len(), |field| field);
            Ok(ExitCode::FAILURE)
        }
    }
}
