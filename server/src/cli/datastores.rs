//! `latchkey datastores`.

use clap::{Args, Subcommand};
use domain::Error;
use domain::datastores::relocate::{
    Move, Moved, Obstacle, Progress, abandon, plan, relocate, tidy,
};
use domain::keys::Environment;
use std::path::PathBuf;
use std::process::ExitCode;

use super::output::{complain, print_line};
use super::reach::{Reached, Where};
use crate::datastores::NamedDatastores;
use crate::{Failure, Result};

/// The databases that documents are in.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Move(MoveArguments),
}

/// Moves an organization's documents to another database, beside running servers, which must all
/// know it: copies them while programs go on, lets writers wait for the last moments, compares both
/// sides, and switches. After a crash, run it again; or with --abandon, to stay where they are.
#[derive(Debug, Args)]
struct MoveArguments {
    #[command(flatten)]
    place: Where,

    /// The file of datastores that `latchkey serve` has.
    #[arg(long, env = "LATCHKEY_DATASTORES", value_name = "FILE")]
    datastores: Option<PathBuf>,

    /// The organization's name in addresses.
    slug: String,

    /// The datastore's name in that file; `own` for the program's own database.
    #[arg(long, value_name = "NAME")]
    to: String,

    /// Which of its documents: `live` or `test`.
    #[arg(long, default_value = "live", value_parser = environment)]
    environment: Environment,

    /// Only check, and say how many documents there are.
    #[arg(long)]
    dry_run: bool,

    /// Take back what a move that came to no end has done.
    #[arg(long, conflicts_with = "dry_run")]
    abandon: bool,
}

fn environment(name: &str) -> Result<Environment, String> {
    Environment::named(name).ok_or_else(|| "use live or test".to_owned())
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Command::Move(arguments) = arguments.command;
    let named = NamedDatastores::read(arguments.datastores.as_deref())?;
    let mut reached = arguments.place.reach().await?;
    let outcome = match named.open(&reached.backend.profiles) {
        Ok(datastores) => {
            reached.backend.datastores = datastores;
            Box::pin(act(&arguments, &reached)).await
        }
        Err(failure) => Err(failure),
    };
    reached.backend.datastores.close().await;
    reached.leave().await;
    match outcome? {
        Ok(said) => {
            print_line(&said);
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            complain(&why);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What came of it, in words; an error says why nothing did.
async fn act(arguments: &MoveArguments, reached: &Reached) -> Result<Result<String, String>> {
    let Reached { backend, rep, .. } = reached;
    let (slug, environment) = (&arguments.slug, arguments.environment);
    let planned = match plan(backend, rep, slug, environment, &arguments.to).await {
        Err(Error::NotFound) => {
            let why = "`latchkey tenants list` shows them all";
            return Ok(Err(format!("there is no organization {slug:?}: {why}")));
        }
        planned => planned?,
    };
    let it = match planned {
        Ok(it) => it,
        Err(Obstacle::There(it)) if !arguments.dry_run && !arguments.abandon => {
            return Ok(left_behind(tidy(backend, rep, &it).await?, slug, &arguments.to));
        }
        Err(obstacle) => return Ok(Err(format!("{slug}: {obstacle}"))),
    };
    if arguments.dry_run {
        let count = counted(it.documents().await?);
        let (from, to) = (it.from(), it.to());
        let what = format!("{count} can be moved from {from:?} to {to:?}");
        return Ok(Ok(format!("{slug}: {what}. Nothing was written.")));
    }
    if arguments.abandon {
        let abandoned = abandon(backend, rep, &it).await?;
        let stay = format!("{slug}: the documents stay in {:?}.", it.from());
        return Ok(abandoned.map(|()| stay).map_err(|obstacle| format!("{slug}: {obstacle}")));
    }
    let told = |progress| complain(&step(progress));
    let moved = relocate(backend, rep, &it, told).await.map_err(|error| {
        let again = "run the command again to finish, or with --abandon to stay";
        Failure::new(format!("{slug}: {error}; {again}"))
    })?;
    Ok(match moved {
        Ok(moved) => Ok(report(&it, &moved)),
        Err(obstacle) => Err(format!("{slug}: {obstacle}")),
    })
}

fn left_behind(cleared: u64, slug: &str, to: &str) -> Result<String, String> {
    if cleared == 0 {
        return Err(format!("{slug}: the documents are in {to:?} already"));
    }
    let count = counted(i64::try_from(cleared).unwrap_or(i64::MAX));
    Ok(format!("{slug}: had been moved to {to:?}; {count} left behind elsewhere went away."))
}

fn step(progress: Progress) -> String {
    match progress {
        Progress::Copied(rows) => format!("{rows} rows were copied or taken away"),
        Progress::Switched(documents) => format!("switched, with {}", counted(documents)),
    }
}

fn report(it: &Move, moved: &Moved) -> String {
    let (count, held) = (counted(moved.documents), moved.held.as_millis());
    let mut text = format!(
        "{}: {count} moved from {:?} to {:?}; writes waited for {held} ms.",
        it.slug,
        it.from(),
        it.to()
    );
    if !moved.cleared {
        text.push_str(" A node has not learned of it yet, so the old copies stay: run the command again later.");
    }
    text
}

fn counted(documents: i64) -> String {
    if documents == 1 { "1 document".to_owned() } else { format!("{documents} documents") }
}
