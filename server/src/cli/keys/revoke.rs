//! `latchkey keys revoke`.

use app::receipt::told;
use clap::Args;
use domain::ids::KeyId;
use domain::keys::revocation::{Because, Revocation};
use domain::keys::revoke_by_command::{Outcome, revoke_by_command};
use domain::text::Note;
use std::process::ExitCode;
use std::time::Instant;

use super::counted;
use crate::cli::organization::Organization;
use crate::cli::output::complain;
use crate::cli::reach::{Reached, Where};
use crate::{Failure, Result};

/// Revoke keys for good.
///
/// All that are named are revoked, or none if the organization lacks one of them. Says at how many
/// nodes they are refused, and ends with exit code 1 where that is not everywhere.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    organization: Organization,

    /// Why: `leaked`, `rotated`, `unused` or `other`.
    #[arg(long, value_parser = because, value_name = "REASON")]
    because: Because,

    /// More about it, for the key's page and the audit log.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    note: String,

    /// Only check; write nothing.
    #[arg(long)]
    dry_run: bool,

    /// The keys' ids, as `latchkey keys list` and their pages' addresses have them.
    #[arg(required = true, value_name = "ID")]
    keys: Vec<String>,

    #[command(flatten)]
    place: Where,
}

fn because(name: &str) -> Result<Because, String> {
    Because::named(name).ok_or_else(|| {
        let known = Because::ALL.map(Because::as_str).join(", ");
        format!("there is no such reason; known are {known}")
    })
}

/// Somebody may have written a key's text in place of its id: no complaint repeats it.
fn ids(texts: &[String]) -> Result<Vec<KeyId>> {
    let ids = (1..).zip(texts).map(|(place, text)| {
        let wrong =
            || Failure::new(format!("id {place} is no UUID, as `latchkey keys list` shows them"));
        text.parse().map_err(|_| wrong().of_usage())
    });
    ids.collect()
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let note = Note::parse(&arguments.note)
        .map_err(|rule| Failure::new(format!("--note: {rule}")).of_usage())?;
    let why = Revocation { because: arguments.because, note };
    let ids = ids(&arguments.keys)?;
    let reached = arguments.place.reach().await?;
    let outcome = revoke(&arguments, &reached, &ids, &why).await;
    reached.leave().await;
    outcome
}

async fn revoke(
    arguments: &Arguments,
    reached: &Reached,
    ids: &[KeyId],
    why: &Revocation,
) -> Result<ExitCode> {
    let Reached { backend, rep, .. } = reached;
    let began = Instant::now();
    let slug = &arguments.organization.slug;
    let outcomes = revoke_by_command(backend, rep, slug, ids, why, arguments.dry_run).await;
    let outcomes = outcomes.map_err(|error| arguments.organization.failure(error))?;
    let count = |wanted: Outcome| outcomes.iter().filter(|(_, outcome)| *outcome == wanted).count();
    for (key, outcome) in &outcomes {
        match outcome {
            Outcome::Revoked => {}
            Outcome::Before => complain(&format!("{key}: it was revoked before")),
            Outcome::NotFound => complain(&format!("{key}: {slug} has no such key")),
        }
    }
    if count(Outcome::NotFound) > 0 {
        complain("Nothing was revoked.");
        return Ok(ExitCode::FAILURE);
    }
    let revoked = counted(count(Outcome::Revoked));
    if arguments.dry_run {
        complain(&format!("{revoked} can be revoked. Nothing was written."));
        return Ok(ExitCode::SUCCESS);
    }
    let last = outcomes.iter().rfind(|(_, outcome)| *outcome == Outcome::Revoked);
    let Some((key, _)) = last else {
        complain("There is nothing left to revoke.");
        return Ok(ExitCode::SUCCESS);
    };
    // One transaction revoked them all: where one is refused, all are.
    let told = told(backend, key.0, began, &format!("{revoked} revoked")).await;
    complain(&told.title);
    Ok(told.detail.map_or(ExitCode::SUCCESS, |detail| {
        complain(&detail);
        ExitCode::FAILURE
    }))
}
