//! `latchkey datastores`.

mod list;
mod relocate;

use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

use super::place::HEADING;
use super::reach::{Reached, Where};
use crate::Result;
use crate::datastores::NamedDatastores;

/// The databases that documents are in.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Move(relocate::Arguments),
}

/// Who asks, and which datastores there are.
#[derive(Debug, Args)]
struct Stores {
    #[command(flatten)]
    place: Where,

    /// The file of datastores that `latchkey serve` has.
    #[arg(long, env = "LATCHKEY_DATASTORES", value_name = "FILE", help_heading = HEADING)]
    datastores: Option<PathBuf>,
}

impl Stores {
    async fn reach(&self) -> Result<Reached> {
        let named = NamedDatastores::read(self.datastores.as_deref())?;
        let mut reached = self.place.reach().await?;
        match named.open(&reached.backend.profiles) {
            Ok(datastores) => {
                reached.backend.datastores = datastores;
                Ok(reached)
            }
            Err(failure) => {
                reached.leave().await;
                Err(failure)
            }
        }
    }
}

async fn leave(reached: Reached) {
    reached.backend.datastores.close().await;
    reached.leave().await;
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::List(arguments) => Box::pin(list::run(arguments)).await,
        Command::Move(arguments) => Box::pin(relocate::run(arguments)).await,
    }
}
