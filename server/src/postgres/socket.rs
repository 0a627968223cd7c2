//! Where the socket is.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::account::Account;
use crate::{Failure, Result};

/// In every PostgreSQL socket's name; with the directory, at most this many bytes fit into a
/// socket's address on every system (macOS: 104 with the ending NUL).
const PORT: u16 = 5432;
const LONGEST: usize = 103;

/// A directory of the socket's own, which only PostgreSQL's user may enter: who gets there is
/// trusted.
#[derive(Debug)]
pub struct SocketDir {
    path: PathBuf,
    /// Whether it is made anew at each start.
    passing: bool,
}

impl SocketDir {
    /// In `home` where the address gets no longer than sockets allow, else among the machine's
    /// temporary files.
    pub fn make(home: &Path, account: Account) -> Result<Self> {
        let path = home.join("socket");
        let length = path.join(format!(".s.PGSQL.{PORT}")).as_os_str().len();
        if length <= LONGEST {
            make_dir(&path, account, true)?;
            return Ok(Self { path, passing: false });
        }
        // Nobody can guess the name, and a directory that is there already is an error.
        let path = Path::new("/tmp").join(format!("latchkey-{}", uuid::Uuid::new_v4().simple()));
        make_dir(&path, account, false)?;
        Ok(Self { path, passing: true })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub const fn port() -> u16 {
        PORT
    }
}

impl Drop for SocketDir {
    fn drop(&mut self) {
        if self.passing {
            // Empty once PostgreSQL has stopped. What stays behind is harmless.
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}

/// Makes a directory that only the account may enter; `known` allows it to be there.
pub fn make_dir(path: &Path, account: Account, known: bool) -> Result<()> {
    let made = DirBuilder::new().mode(0o700).create(path);
    match made {
        Err(error) if known && error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => made.map_err(|error| Failure::because(&path.display().to_string(), error))?,
    }
    account.own(path)
}
