//! `latchkey profiles`.

use clap::{Args, Subcommand};
use domain::profiles::{Fault, Profile, Profiles};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::output::{print_columns, print_line};
use crate::{Failure, Result};

/// What the vendors' APIs look like: the profiles that this program knows.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what is wrong in profiles' files, and where.
    Check {
        /// Files, or directories with them; without any, all that `latchkey serve` would load.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        own: Own,
    },
    /// List all profiles.
    List {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        own: Own,
    },
    /// Print a profile's file.
    Show {
        /// As `latchkey profiles list` names it.
        name: String,
        #[command(flatten)]
        own: Own,
    },
}

/// Where profiles beside the built-in ones are.
#[derive(Debug, Args)]
pub struct Own {
    /// A directory with more API profiles, one *.toml each; see app/domain/profiles/README.md.
    #[arg(long, env = "LATCHKEY_PROFILES_DIR", value_name = "DIRECTORY")]
    profiles_dir: Option<PathBuf>,
}

impl Own {
    /// The directory, where one is named.
    pub fn directory(&self) -> Option<&Path> {
        self.profiles_dir.as_deref().filter(|path| !path.as_os_str().is_empty())
    }

    /// All profiles, or a line for each thing that is wrong.
    pub fn load(&self) -> Result<Profiles> {
        load(self.directory())
    }
}

/// All profiles, or a line for each thing that is wrong.
pub fn load(directory: Option<&Path>) -> Result<Profiles> {
    Profiles::load(directory)
        .map_err(|faults| Failure::new(format!("the API profiles cannot be used:\n{faults}")))
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let (text, code) = match arguments.command {
        Command::Check { paths, own } => check(&paths, own.directory()),
        Command::List { json, own } => {
            list(&own.load()?, json);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Show { name, own } => {
            let profiles = own.load()?;
            let profile = profiles.get(&name).ok_or_else(|| {
                Failure::new(format!(
                    "there is no API profile {name:?}: `latchkey profiles list` names them"
                ))
            })?;
            (profile.source.text.clone(), ExitCode::SUCCESS)
        }
    };
    std::io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::because("writing", error))?;
    Ok(code)
}

/// A line for each thing that is wrong, or how many are good.
fn check(paths: &[PathBuf], directory: Option<&Path>) -> (String, ExitCode) {
    let (mut faults, mut good): (Vec<Fault>, usize) = (Vec::new(), 0);
    if paths.is_empty() {
        match Profiles::load(directory) {
            Ok(profiles) => good = profiles.iter().count(),
            Err(more) => faults = more.0,
        }
    }
    for path in paths {
        if path.is_dir() {
            // With the built-in ones, which they must not clash with.
            match Profiles::load(Some(path)) {
                Ok(profiles) => good += profiles.own().count(),
                Err(mut more) => faults.append(&mut more.0),
            }
        } else {
            match Profile::read_file(path) {
                Ok(_) => good += 1,
                Err(mut more) => faults.append(&mut more.0),
            }
        }
    }
    if faults.is_empty() {
        let profiles = if good == 1 { "profile" } else { "profiles" };
        return (format!("{good} {profiles}: nothing is wrong\n"), ExitCode::SUCCESS);
    }
    let lines: Vec<_> = faults.iter().map(|fault| format!("{fault}\n")).collect();
    (lines.concat(), ExitCode::FAILURE)
}

fn list(profiles: &Profiles, json: bool) {
    let from = |profile: &Profile| {
        if profile.is_built_in() { "built in".to_owned() } else { profile.source.file.clone() }
    };
    if json {
        for profile in profiles.iter() {
            let line = json!({
                "name": profile.name,
                "title": profile.title,
                "hosts": profile.hosts().collect::<Vec<_>>(),
                "from": from(profile),
            });
            print_line(&line.to_string());
        }
        return;
    }
    let row = |profile: &Profile| {
        let hosts = profile.hosts().collect::<Vec<_>>().join(" ");
        [profile.name.clone(), profile.title.clone(), from(profile), hosts]
    };
    let headings = ["NAME", "API", "FROM", "HOSTS"].map(str::to_owned);
    print_columns(&std::iter::once(headings).chain(profiles.iter().map(row)).collect::<Vec<_>>());
}
