//! `latchkey audit`.

use clap::{Args, Subcommand};
use domain::audit::chain::{Chains, Verdict};
use domain::audit::{export, verify};
use domain::database::Pools;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::startup::Database;
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

/// Checks that the audit log still says what was written: no event edited, removed, moved or
/// slipped in. Ends with exit code 1 when something is wrong, and says where.
///
/// Somebody who may do anything with the database could compute a whole new log. Keep the last
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

    /// The data directory of `latchkey serve`, which may be running.
    #[arg(long, env = "LATCHKEY_DATA_DIR", default_value = ".latchkey", value_name = "DIRECTORY")]
    data_dir: PathBuf,

    /// The PostgreSQL that `latchkey serve` uses, if not the private one in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
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
    let url = arguments.database_url.as_deref().filter(|url| !url.is_empty());
    let database = Database::reach(&arguments.data_dir, url).await?;
    let pools = Pools::new(database.options(), database.sign_in());
    let verdicts = verify_logs(arguments, &pools).await;
    pools.close().await;
    database.stop().await;
    verdicts
}

async fn verify_logs(arguments: &VerifyArguments, pools: &Pools) -> Result<Vec<Verdict>> {
    let logs = verify::logs(pools, arguments.organization.as_deref()).await?;
    if let (Some(slug), true) = (&arguments.organization, logs.is_empty()) {
        return Err(Failure::new(format!("there is no organization {slug:?}")));
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

/// A line for each organization. Output that nobody reads any more is no reason to stop.
fn report(verdicts: &[Verdict]) {
    let lines: Vec<_> = verdicts.iter().map(line).collect();
    let widest = |column: fn(&Line) -> &str, heading: &str| {
        lines.iter().map(|line| column(line).chars().count()).max().unwrap_or(0).max(heading.len())
    };
    let headings = Line {
        name: "ORGANIZATION".into(),
        verified: "EVENTS".into(),
        hash: "LAST HASH".into(),
        result: "RESULT".into(),
    };
    let (name, verified, hash) = (
        widest(|line| &line.name, &headings.name),
        widest(|line| &line.verified, &headings.verified),
        widest(|line| &line.hash, &headings.hash),
    );
    let mut out = std::io::stdout().lock();
    for line in std::iter::once(&headings).chain(&lines) {
        let Line { name: n, verified: v, hash: h, result } = line;
        let _ = writeln!(out, "{n:name$}  {v:>verified$}  {h:hash$}  {result}");
    }
    let _ = out.flush();
}

struct Line {
    name: String,
    verified: String,
    hash: String,
    result: String,
}

fn line(verdict: &Verdict) -> Line {
    // A file that lost its end has lost the name, too.
    let name = [&verdict.organization, &verdict.organization_id];
    let name = name.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
    Line {
        name,
        verified: verdict.verified.to_string(),
        hash: verdict.hash.clone(),
        result: match &verdict.damage {
            None => "verified".to_owned(),
            Some(damage) => format!("DAMAGED: {damage}"),
        },
    }
}
