//! `latchkey users`.

use clap::{Args, Subcommand};
use domain::Error;
use domain::database::Pools;
use domain::users::add_rep::add_rep;
use domain::users::password_reset::issue::issue;
use std::process::ExitCode;
use time::OffsetDateTime;

use super::links::Links;
use super::output::print_once;
use super::place::Place;
use crate::{Failure, Result};

/// The people who sign in to the dashboard.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    AddRep(RepArguments),
    ResetPassword(ResetArguments),
}

/// Make the account of an account rep, and print the link by which they choose their password.
///
/// Reps provision organizations, on pages of their own; the first one is made like this. The link works
/// once and for 1 hour; `reset-password` prints another one.
#[derive(Debug, Args)]
struct RepArguments {
    /// The rep's e-mail address.
    #[arg(value_name = "EMAIL")]
    email: String,

    /// What people call them.
    #[arg(long)]
    name: String,

    #[command(flatten)]
    links: Links,

    #[command(flatten)]
    place: Place,
}

/// Print a link by which a user chooses a new password.
///
/// It works once and for 1 hour; hand it over by a way that only they can read. Nothing changes until
/// it is used; then all of their sessions end.
#[derive(Debug, Args)]
struct ResetArguments {
    /// The user's e-mail address.
    #[arg(value_name = "EMAIL")]
    email: String,

    #[command(flatten)]
    links: Links,

    #[command(flatten)]
    place: Place,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let link = match arguments.command {
        Command::AddRep(arguments) => {
            let opened = arguments.place.open().await?;
            let link = added(&arguments, &opened.pools).await;
            opened.close().await;
            link
        }
        Command::ResetPassword(arguments) => {
            let opened = arguments.place.open().await?;
            let link = link(&arguments.links, &arguments.email, &opened.pools).await;
            opened.close().await;
            link
        }
    };
    print_once(&format!("{}\n", link?));
    Ok(ExitCode::SUCCESS)
}

async fn added(arguments: &RepArguments, pools: &Pools) -> Result<String> {
    match add_rep(pools, &arguments.email, &arguments.name).await {
        Ok(user) => link(&arguments.links, &user.email, pools).await,
        Err(Error::Invalid(errors)) => {
            let wrong = errors.iter().map(|error| format!("{}: {}", error.field, error.rule));
            Err(Failure::new(wrong.collect::<Vec<_>>().join("; ")))
        }
        Err(error) => Err(error.into()),
    }
}

async fn link(links: &Links, email: &str, pools: &Pools) -> Result<String> {
    let begin = links.begin(pools).await?;
    let letter = issue(pools, email, OffsetDateTime::now_utc()).await?;
    let letter = letter
        .ok_or_else(|| Failure::new(format!("there is no user with the address {email:?}")))?;
    Ok(format!("{begin}{}", app::routes::reset_password(letter.token.expose())))
}
