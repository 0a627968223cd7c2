//! `latchkey keys`.

mod file;
mod import;
mod list;
mod revoke;

use clap::{Args, Subcommand};
use std::process::ExitCode;

use crate::Result;

/// The API keys of an organization, beside the dashboard.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Arguments),
    List(list::Arguments),
    Revoke(revoke::Arguments),
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Import(arguments) => Box::pin(import::run(arguments)).await,
        Command::List(arguments) => Box::pin(list::run(arguments)).await,
        Command::Revoke(arguments) => Box::pin(revoke::run(arguments)).await,
    }
}

/// `1 key` or `12 keys`.
fn counted(keys: usize) -> String {
    if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") }
}
