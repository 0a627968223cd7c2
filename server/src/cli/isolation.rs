//! `latchkey isolation`.

use clap::{Args, Subcommand};
use domain::clock::Clock;
use domain::database::Pools;
use domain::isolation::prove::{Party, choose_parties, find_party, prove};
use domain::isolation::{Finding, Line, Report};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::organization::missing;
use super::output::print_line;
use super::place::Place;
use crate::{Failure, Result};

/// Whether one organization can get at another's data.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Prove(ProveArguments),
}

/// Let one organization try to get at another's rows, on every table.
///
/// It tries to read, change, delete and take them over, as the role that the dashboard works as.
/// Every attempt is undone. Ends with exit code 1 when the database lets anything through.
#[derive(Debug, Args)]
struct ProveArguments {
    /// Who tries, by its name in addresses. Without both, the two largest are taken.
    #[arg(long, value_name = "SLUG", requires = "other")]
    intruder: Option<String>,

    /// Whose rows are tried.
    #[arg(long, value_name = "SLUG", requires = "intruder")]
    other: Option<String>,

    /// Also write the results there, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    #[command(flatten)]
    place: Place,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Command::Prove(arguments) = arguments.command;
    let opened = arguments.place.open().await?;
    let report = try_everything(&arguments, &opened.pools).await;
    opened.close().await;
    let report = report?;
    if let Some(path) = &arguments.json {
        write_json(path, &report)?;
    }
    print(&report);
    Ok(if report.leaks() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn try_everything(arguments: &ProveArguments, pools: &Pools) -> Result<Report> {
    let (intruder, other) = match (&arguments.intruder, &arguments.other) {
        (Some(intruder), Some(other)) if intruder == other => {
            let same = Failure::new("--intruder and --other must be two organizations");
            return Err(same.of_usage());
        }
        (Some(intruder), Some(other)) => {
            (party(pools, intruder).await?, party(pools, other).await?)
        }
        _ => choose_parties(&pools.auth).await?,
    };
    Ok(prove(&pools.app, &Clock::system(), &intruder, &other).await?)
}

async fn party(pools: &Pools, slug: &str) -> Result<Party> {
    match find_party(&pools.auth, slug).await {
        Err(domain::Error::NotFound) => Err(missing(slug)),
        found => Ok(found?),
    }
}

fn write_json(path: &Path, report: &Report) -> Result<()> {
    std::fs::write(path, report.to_json()?)
        .map_err(|error| Failure::because(&path.display().to_string(), error))
}

/// A line for each attempt.
fn print(report: &Report) {
    let width = |text: fn(&Line) -> &str| report.lines.iter().map(text).map(str::len).max();
    let object = width(|line| &line.object).unwrap_or(0);
    let check = width(|line| line.check.as_str()).unwrap_or(0);
    print_line(&format!("{} tries to get at the rows of {}.\n", report.intruder, report.owner));
    for line in &report.lines {
        let (finding, tried) = (line.finding.as_str(), line.check.as_str());
        let (name, detail) = (&line.object, &line.detail);
        print_line(&format!("{name:object$}  {tried:check$}  {finding:14}  {detail}"));
    }
    let count = |finding| report.lines.iter().filter(|line| line.finding == finding).count();
    let (held, nothing) = (count(Finding::Held), count(Finding::NothingToTry));
    let leaked = count(Finding::Leak);
    print_line(&format!("\n{held} held, {leaked} leaked, {nothing} had no row to be tried on"));
}
