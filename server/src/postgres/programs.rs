//! Finding PostgreSQL's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Failure, Result};

/// Earlier ones lack what row-level security and the key directory need.
const OLDEST: u32 = 15;
/// Where Debian and its relatives put each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// One installed PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    directory: PathBuf,
    major: u32,
}

impl Programs {
    /// The newest installed version or, for files that a version has made, that version.
    pub fn find(made_by: Option<u32>) -> Result<Self> {
        let mut installed = installed();
        installed.sort_by_key(|programs| programs.major);
        match made_by {
            None => installed.pop().filter(|programs| programs.major >= OLDEST).ok_or_else(|| {
                Failure::new(format!(
                    "PostgreSQL {OLDEST} or later is not installed: install it (Debian: apt install postgresql), \
                     or name a server with DATABASE_URL"
                ))
            }),
            Some(major) => {
                installed.into_iter().find(|programs| programs.major == major).ok_or_else(|| {
                    Failure::new(format!(
                        "the data directory was made by PostgreSQL {major}, which is not installed: install it \
                         (Debian: apt install postgresql-{major})"
                    ))
                })
            }
        }
    }

    pub fn path(&self, program: &str) -> PathBuf {
        self.directory.join(program)
    }
}

fn installed() -> Vec<Programs> {
    let debian = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = debian.chain(std::env::split_paths(&path));
    directories.filter_map(|directory| at(&directory)).collect()
}

fn at(directory: &Path) -> Option<Programs> {
    if !directory.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(directory.join("postgres")).arg("--version").output().ok()?;
    let major = major(&String::from_utf8_lossy(&output.stdout))?;
    Some(Programs { directory: directory.to_owned(), major })
}

/// `postgres (PostgreSQL) 15.18 (Debian …)`, `… 18devel`, `… 19beta1`.
fn major(version: &str) -> Option<u32> {
    let number = version.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = number.split(|character: char| !character.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_major_version() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("something else 15"), None);
    }
}
