//! The command line.

mod audit;
mod csv_file;
mod datastores;
mod isolation;
mod keys;
mod links;
mod nodes;
mod organization;
mod output;
mod place;
pub mod profiles;
mod reach;
mod serve;
mod signals;
mod tenants;
mod tls;
mod traces;
mod users;
mod with_postgres;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

use crate::telemetry::{self, LogFormat};

/// API keys for many organizations: make them, verify them in memory, see how they are used.
#[derive(Debug, Parser)]
#[command(
    name = "latchkey",
    version,
    after_help = "Exit codes: 0 it is done; 1 it is refused, or something is wrong; 2 the command line cannot be understood."
)]
struct Cli {
    /// How log lines are written, on standard error.
    #[arg(
        long,
        global = true,
        env = "LATCHKEY_LOG_FORMAT",
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Log"
    )]
    log_format: LogFormat,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Audit(audit::Arguments),
    Datastores(datastores::Arguments),
    Isolation(isolation::Arguments),
    Keys(keys::Arguments),
    Nodes(nodes::Arguments),
    Profiles(profiles::Arguments),
    Serve(Box<serve::Arguments>),
    Tenants(tenants::Arguments),
    Users(users::Arguments),
    WithPostgres(with_postgres::Arguments),
}

/// Runs the command of this process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::init(cli.log_format);
    // A page that waits for another part of itself must not stop the whole program.
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command)),
        Err(error) => Err(crate::Failure::because("starting", error)),
    };
    let result = match result {
        Ok(_) if output::is_lost() => Err(crate::Failure::new(
            "what it had to say could not be written: what was to be done is done",
        )),
        result => result,
    };
    result.unwrap_or_else(|failure| {
        complain(&failure);
        ExitCode::from(failure.exit_code())
    })
}

async fn run(command: Command) -> crate::Result<ExitCode> {
    match command {
        Command::Audit(arguments) => audit::run(arguments).await,
        Command::Datastores(arguments) => Box::pin(datastores::run(arguments)).await,
        Command::Isolation(arguments) => isolation::run(arguments).await,
        Command::Keys(arguments) => keys::run(arguments).await,
        Command::Nodes(arguments) => nodes::run(arguments).await,
        Command::Profiles(arguments) => profiles::run(arguments),
        Command::Serve(arguments) => serve::run(*arguments).await,
        Command::Tenants(arguments) => tenants::run(arguments).await,
        Command::Users(arguments) => users::run(arguments).await,
        Command::WithPostgres(arguments) => with_postgres::run(arguments).await,
    }
}

/// The one line that says why the program ends.
#[expect(clippy::print_stderr, reason = "for the person who started it, whatever is logged")]
fn complain(failure: &crate::Failure) {
    eprintln!("latchkey: {failure}");
}
