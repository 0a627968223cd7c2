//! `latchkey tenants suspend` and `latchkey tenants restore`.

use clap::Args;
use domain::Error;
use domain::organizations::list::tenant;
use domain::organizations::suspend::{Suspension, restore, suspend};
use std::process::ExitCode;

use crate::Result;
use crate::cli::organization::Organization;
use crate::cli::output::{complain, print_line};
use crate::cli::reach::{Reached, Where};

/// Which organization, and why.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    organization: Organization,

    /// Why: it stands in the organization's audit log. Of a suspension, its people read it on every
    /// page.
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Only check; write nothing.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    place: Where,
}

/// What becomes of the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    Suspended,
    Restored,
}

impl std::fmt::Display for Becomes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Suspended => "suspended",
            Self::Restored => "restored",
        })
    }
}

/// Runs the command.
pub async fn run(arguments: Arguments, becomes: Becomes) -> Result<ExitCode> {
    let reached = arguments.place.reach().await?;
    let outcome = change(&arguments, &reached, becomes).await;
    reached.leave().await;
    match outcome {
        Ok(said) => {
            print_line(&said);
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Conflict(why)) => {
            complain(&format!("{}: {why}", arguments.organization.slug));
            Ok(ExitCode::FAILURE)
        }
        Err(Error::Invalid(errors)) => {
            for error in errors {
                complain(&format!("--{}: {}", error.field, error.rule));
            }
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(arguments.organization.failure(error)),
    }
}

async fn change(
    arguments: &Arguments,
    reached: &Reached,
    becomes: Becomes,
) -> domain::Result<String> {
    let Reached { backend, rep, .. } = reached;
    let why = Suspension::by_command(&arguments.reason)?;
    let slug = &arguments.organization.slug;
    let tenant = tenant(backend, rep, slug).await?;
    let wanted = becomes == Becomes::Suspended;
    if arguments.dry_run {
        if tenant.suspended == wanted {
            return Err(Error::Conflict("nothing would change: it is so already."));
        }
        return Ok(format!("{} can be {becomes}. Nothing was written.", tenant.name));
    }
    match becomes {
        Becomes::Suspended => {
            suspend(backend, rep, slug, &why).await?;
            Ok(format!("{} is suspended: all of its keys are refused.", tenant.name))
        }
        Becomes::Restored => {
            restore(backend, rep, slug, &why).await?;
            Ok(format!("{} is restored: its keys are accepted again.", tenant.name))
        }
    }
}
