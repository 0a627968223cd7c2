//! As whom PostgreSQL runs. It refuses to run as root, so root lends it the user `postgres`.

use nix::unistd::{Gid, Uid, User};
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::{Failure, Result};

const NAME: &str = "postgres";

/// The user that PostgreSQL runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    uid: u32,
    gid: u32,
    /// Whether it is another user than ours.
    lent: bool,
}

impl Account {
    /// Ourselves, or `postgres` when we are root.
    pub fn choose() -> Result<Self> {
        if !Uid::effective().is_root() {
            let (uid, gid) = (Uid::effective().as_raw(), Gid::effective().as_raw());
            return Ok(Self { uid, gid, lent: false });
        }
        let user = User::from_name(NAME)
            .map_err(|error| Failure::because(&format!("looking up the user {NAME}"), error))?
            .ok_or_else(|| {
                Failure::new(format!(
                    "PostgreSQL refuses to run as root, and there is no user {NAME} for it: run Latchkey as an \
                     ordinary user, or add one (useradd --system {NAME})"
                ))
            })?;
        Ok(Self { uid: user.uid.as_raw(), gid: user.gid.as_raw(), lent: true })
    }

    /// Makes the command run as this user, with an environment that changes nothing about it.
    pub fn lend(self, command: &mut tokio::process::Command) {
        command.env_clear().env("LC_ALL", "C");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        if self.lent {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives the file or directory to this user.
    pub fn own(self, path: &Path) -> Result<()> {
        if !self.lent {
            return Ok(());
        }
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid)).map_err(|error| {
            Failure::because(&format!("giving {} to {NAME}", path.display()), error)
        })
    }

    /// Makes sure that the user gets to this path: another user may not pass through everything
    /// that root may.
    pub fn check_way_to(self, path: &Path) -> Result<()> {
        if !self.lent {
            return Ok(());
        }
        for directory in path.ancestors().skip(1) {
            let metadata = directory
                .metadata()
                .map_err(|error| Failure::because(&directory.display().to_string(), error))?;
            if !self.may_pass(&metadata) {
                return Err(Failure::new(format!(
                    "PostgreSQL runs as the user {NAME}, who may not pass through {blocked}: choose another \
                     --data-dir, or allow it with: chmod o+x {blocked}",
                    blocked = directory.display()
                )));
            }
        }
        Ok(())
    }

    fn may_pass(self, directory: &Metadata) -> bool {
        let mode = directory.permissions().mode();
        let bit = if directory.uid() == self.uid {
            0o100
        } else if directory.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        mode & bit != 0
    }
}
