//! `latchkey datastores move`.

use clap::Args;
use domain::datastores::relocate::{
    Move, Moved, Obstacle, Progress, abandon, plan, relocate, tidy,
};
use domain::keys::Environment;
use std::process::ExitCode;

use super::{Stores, leave};
use crate::cli::organization::Organization;
use crate::cli::output::{complain, print_line};
use crate::cli::reach::Reached;
use crate::{Failure, Result};

/// Move an organization's documents to another database.
///
/// Works beside running servers, which must all know that database: copies the documents while
/// programs go on, lets writers wait for the last moments, compares both sides, and switches. After a
/// crash, run it again; or with --abandon, to stay where they are.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    organization: Organization,

    /// The datastore's name in that file; `own` for the program's own database.
    #[arg(long, value_name = "NAME")]
    to: String,

    /// Which of its documents: `live` or `test`.
    #[arg(long, default_value = "live", value_parser = environment)]
    environment: Environment,

    /// Only check, and say how many documents there are; write nothing.
    #[arg(long)]
    dry_run: bool,

    /// Take back what a move that came to no end has done.
    #[arg(long, conflicts_with = "dry_run")]
    abandon: bool,

    #[command(flatten)]
    stores: Stores,
}

fn environment(name: &str) -> Result<Environment, String> {
    Environment::named(name).ok_or_else(|| "use live or test".to_owned())
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let reached = Box::pin(arguments.stores.reach()).await?;
    let outcome = Box::pin(act(&arguments, &reached)).await;
    Box::pin(leave(reached)).await;
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
async fn act(arguments: &Arguments, reached: &Reached) -> Result<Result<String, String>> {
    let Reached { backend, rep, .. } = reached;
    let (slug, environment) = (&arguments.organization.slug, arguments.environment);
    let planned = plan(backend, rep, slug, environment, &arguments.to).await;
    let it = match planned.map_err(|error| arguments.organization.failure(error))? {
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
