//! `latchkey audit`.

use clap::{Args, Subcommand};
use domain::audit::chain::{Chains, Verdict};
use domain::audit::{export, verify};
use domain::database::Pools;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::organization::missing;
use super::output::print_columns;
use super::place::Place;
use crate::{Failure, Result};

/// The record of every change.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(VerifyArguments),
}

/// Check that the audit log still says what was written.
///
/// Finds events that were edited, removed, moved or slipped in, says where, and ends with exit code
/// 1 if there are any. Somebody who may do anything with the database could compute a whole new log. Keep the last
/// hashes that this prints, or an export, somewhere else: they would not fit that log.
#[derive(Debug, Args)]
struct VerifyArguments {
    /// Only this organization, by its name in addresses.
    #[arg(long, value_name = "SLUG")]
    organization: Option<String>,

    /// Also write the log there, as lines of JSON which --file checks anywhere.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,

    /// Check this export instead, without any database.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["organization", "export"])]
    file: Option<PathBuf>,

    #[command(flatten)]
    place: Place,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Command::Verify(arguments) = arguments.command;
    let verdicts = match &arguments.file {
        Some(file) => verify_file(file)?,
        None => verify_database(&arguments).await?,
    };
    report(&verdicts);
    let whole = verdicts.iter().all(|verdict| verdict.damage.is_none());
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn verify_database(arguments: &VerifyArguments) -> Result<Vec<Verdict>> {
    let opened = arguments.place.open().await?;
    let verdicts = verify_logs(arguments, &opened.pools).await;
    opened.close().await;
    verdicts
}

async fn verify_logs(arguments: &VerifyArguments, pools: &Pools) -> Result<Vec<Verdict>> {
    let logs = verify::logs(pools, arguments.organization.as_deref()).await?;
    if let (Some(slug), true) = (&arguments.organization, logs.is_empty()) {
        return Err(missing(slug));
    }
    let mut file = arguments.export.as_deref().map(ExportFile::begin).transpose()?;
    let mut verdicts = Vec::new();
    for log in &logs {
        verdicts.push(match &mut file {
            Some(file) => export::export(pools, log, &mut file.to).await?,
            None => verify::verify(pools, log, |_| Ok(())).await?,
        });
    }
    if let Some(file) = file {
        file.finish()?;
    }
    Ok(verdicts)
}

/// A file that has its name only when it is complete. It names people: only its owner may read it.
struct ExportFile {
    path: PathBuf,
    unfinished: PathBuf,
    to: BufWriter<File>,
}

impl ExportFile {
    fn begin(path: &Path) -> Result<Self> {
        // A device or a pipe would be replaced.
        if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
            return Err(Failure::new(format!("{} is there, and is no plain file", path.display())));
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        let to = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)
            .map_err(|error| Failure::because(&unfinished.display().to_string(), error))?;
        Ok(Self { path: path.to_owned(), unfinished, to: BufWriter::new(to) })
    }

    fn finish(self) -> Result<()> {
        let finished = || {
            self.to.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
            std::fs::rename(&self.unfinished, &self.path)
        };
        finished().map_err(|error| Failure::because(&self.path.display().to_string(), error))
    }
}

fn verify_file(path: &Path) -> Result<Vec<Verdict>> {
    let failed = |error| Failure::because(&path.display().to_string(), error);
    let mut chains = Chains::default();
    for (place, text) in BufReader::new(File::open(path).map_err(failed)?).lines().enumerate() {
        let line = export::parse(&text.map_err(failed)?).ok_or_else(|| {
            let number = place + 1;
            Failure::new(format!("line {number} of {} is not one of an export", path.display()))
        })?;
        chains.push(&line);
    }
    let mut verdicts = chains.verdicts();
    verdicts.sort_by(|left, right| left.organization.cmp(&right.organization));
    if verdicts.is_empty() {
        return Err(Failure::new(format!("{} is empty", path.display())));
    }
    Ok(verdicts)
}

/// A line for each organization.
fn report(verdicts: &[Verdict]) {
    let headings = ["ORGANIZATION", "EVENTS", "LAST HASH", "RESULT"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(headings).chain(verdicts.iter().map(columns)).collect();
    print_columns(&rows);
}

fn columns(verdict: &Verdict) -> [String; 4] {
    // A file that lost its end has lost the name, too.
    let names = [&verdict.organization, &verdict.organization_id];
    let name = names.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
    let result = match &verdict.damage {
        None => "verified".to_owned(),
        Some(damage) => format!("DAMAGED: {damage}"),
    };
    [name, verdict.verified.to_string(), verdict.hash.clone(), result]
}
