//! `latchkey tenants import`.

use clap::Args;
use domain::tenants::import::{check, import};
use std::path::PathBuf;
use std::process::ExitCode;

use super::file;
use super::output::print_made;
use crate::Result;
use crate::cli::links::Links;
use crate::cli::output::{complain, report};
use crate::cli::reach::{Reached, Where};

/// Provision all organizations of a file, or none if a line of it breaks a rule.
///
/// The file holds comma-separated values. Its first line names the columns: `name`, `profile` and
/// `email` must be there; `slug`, `plan`, `environments`, `external_id`, `partner_decided_on`,
/// `partner_reference`, `partner_signer`, `baa_decided_on`, `baa_reference` and `baa_signer` may.
/// Prints two links for each organization, once: its owner's invitation, and the claim of its first
/// key.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    links: Links,

    /// Only check; write nothing.
    #[arg(long)]
    dry_run: bool,

    /// The organizations, as CSV.
    file: PathBuf,

    #[command(flatten)]
    place: Where,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let lines = file::read(&arguments.file)?;
    let reached = arguments.place.reach().await?;
    let outcome = run_lines(&arguments, &reached, &lines).await;
    reached.leave().await;
    outcome
}

async fn run_lines(
    arguments: &Arguments,
    reached: &Reached,
    lines: &[(u64, domain::tenants::TenantForm)],
) -> Result<ExitCode> {
    let Reached { backend, rep, .. } = reached;
    let tenants = match check(backend, rep, lines).await? {
        Ok(tenants) => tenants,
        Err(broken) => {
            report(&broken, lines.len(), column);
            return Ok(ExitCode::FAILURE);
        }
    };
    let count = counted(tenants.len());
    if arguments.dry_run {
        complain(&format!("{count} can be provisioned. Nothing was written."));
        return Ok(ExitCode::SUCCESS);
    }
    let begin = arguments.links.begin(&backend.pools).await?;
    let made = import(backend, rep, &tenants).await?;
    print_made(&begin, &made);
    complain(&format!("{count} provisioned."));
    Ok(ExitCode::SUCCESS)
}

/// The form has a box for each environment, the file one column.
fn column(field: &'static str) -> &'static str {
    if field == "live" { "environments" } else { field }
}

fn counted(organizations: usize) -> String {
    match organizations {
        1 => "1 organization".to_owned(),
        many => format!("{many} organizations"),
    }
}
