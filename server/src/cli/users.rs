//! `latchkey users`.

use clap::{Args, Subcommand};
use domain::database::Pools;
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
    ResetPassword(ResetArguments),
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
    let Command::ResetPassword(arguments) = arguments.command;
    let opened = arguments.place.open().await?;
    let link = link(&arguments, &opened.pools).await;
    opened.close().await;
    print_once(&format!("{}\n", link?));
    Ok(ExitCode::SUCCESS)
}

async fn link(arguments: &ResetArguments, pools: &Pools) -> Result<String> {
    let begin = arguments.links.begin(pools).await?;
    let letter = issue(pools, &arguments.email, OffsetDateTime::now_utc()).await?;
    let letter = letter.ok_or_else(|| {
        Failure::new(format!("there is no user with the address {:?}", arguments.email))
    })?;
    Ok(format!("{begin}{}", app::routes::reset_password(letter.token.expose())))
}
