//! `latchkey tenants`.

mod create;
mod file;
mod import;
mod list;
mod output;
mod suspension;

use clap::{Args, Subcommand};
use std::process::ExitCode;

use crate::Result;
use suspension::Becomes;

/// The organizations that the vendor serves.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Box<create::Arguments>),
    Import(import::Arguments),
    List(list::Arguments),
    /// Refuse all of an organization's keys until it is restored.
    Suspend(suspension::Arguments),
    /// Accept the keys of a suspended organization again.
    Restore(suspension::Arguments),
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Create(arguments) => Box::pin(create::run(*arguments)).await,
        Command::Import(arguments) => Box::pin(import::run(arguments)).await,
        Command::List(arguments) => Box::pin(list::run(arguments)).await,
        Command::Suspend(arguments) => {
            Box::pin(suspension::run(arguments, Becomes::Suspended)).await
        }
        Command::Restore(arguments) => {
            Box::pin(suspension::run(arguments, Becomes::Restored)).await
        }
    }
}
