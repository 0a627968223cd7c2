//! `latchkey users`.

use clap::{Args, Subcommand};
use domain::database::Pools;
use domain::users::password_reset::ResetLetter;
use domain::users::password_reset::issue::issue;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use time::OffsetDateTime;

use crate::config::PublicUrl;
use crate::startup::Database;
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

/// Prints a link by which this user chooses a new password. It works once and for 1 hour; hand it
/// over by a way that only they can read. Nothing changes until it is used; then all of their
/// sessions end.
#[derive(Debug, Args)]
struct ResetArguments {
    /// The user's address.
    #[arg(value_name = "EMAIL")]
    email: String,

    /// The address by which browsers find the dashboard, as `latchkey serve` was given it.
    #[arg(
        long,
        env = "LATCHKEY_DASHBOARD_URL",
        default_value = "http://127.0.0.1:3000",
        value_name = "URL"
    )]
    dashboard_url: String,

    /// The data directory of `latchkey serve`, which may be running.
    #[arg(long, env = "LATCHKEY_DATA_DIR", default_value = ".latchkey", value_name = "DIRECTORY")]
    data_dir: PathBuf,

    /// The PostgreSQL that `latchkey serve` uses, if not the private one in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Command::ResetPassword(arguments) = arguments.command;
    let public = PublicUrl::parse(&arguments.dashboard_url)?;
    let url = arguments.database_url.as_deref().filter(|url| !url.is_empty());
    let database = Database::reach(&arguments.data_dir, url).await?;
    let pools = Pools::new(database.options(), database.sign_in());
    let issued = issue(&pools, &arguments.email, OffsetDateTime::now_utc()).await;
    pools.close().await;
    database.stop().await;
    let letter = issued?.ok_or_else(|| {
        Failure::new(format!("there is no user with the address {:?}", arguments.email))
    })?;
    print(&public, &letter);
    Ok(ExitCode::SUCCESS)
}

/// On standard output, for whoever asked.
fn print(public: &PublicUrl, letter: &ResetLetter) {
    let local = std::net::SocketAddr::from(([127, 0, 0, 1], 3000));
    let path = app::routes::reset_password(letter.token.expose());
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}{path}", public.or_local(local));
}
