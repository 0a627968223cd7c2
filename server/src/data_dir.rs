//! The data directory: what this program keeps on the machine.

use domain::whole_file;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::{Failure, Result};

/// The data directory, there and absolute.
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Makes the directory where it is missing.
    pub fn open(path: &Path) -> Result<Self> {
        // Root's PostgreSQL runs as another user, who has to pass through, and may see nothing.
        let mode = if nix::unistd::geteuid().is_root() { 0o711 } else { 0o700 };
        let failed = |error| Failure::because(&format!("data directory {}", path.display()), error);
        DirBuilder::new().recursive(true).mode(mode).create(path).map_err(failed)?;
        path.canonicalize().map(Self).map_err(failed)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Keeps other instances off the directory for as long as the result lives.
    pub fn lock(&self) -> Result<Lock> {
        self.try_lock()?.map_err(|mut file| self.taken(&mut file))
    }

    /// The same; where another instance has the directory, the inner error is the lock's file.
    pub fn try_lock(&self) -> Result<Result<Lock, File>> {
        let path = self.0.join("lock");
        let failed = |error| Failure::because(&path.display().to_string(), error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(file)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        write!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Ok(Lock { _file: file }))
    }

    fn taken(&self, file: &mut File) -> Failure {
        let mut holder = String::new();
        // Only to help; without it the sentence is less exact.
        let _ = file.read_to_string(&mut holder);
        Failure::new(format!(
            "another Latchkey (process {holder}) runs on the data directory {}: stop it, or choose another with \
             --data-dir or LATCHKEY_DATA_DIR",
            self.0.display()
        ))
    }
}

/// The data directory is ours until this is dropped, or the process ends however it may.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What a file of ours holds that only its owner may read; `None` when there is no such file.
pub fn read_private(path: &Path) -> Result<Option<String>> {
    let failed = |error| Failure::because(&path.display().to_string(), error);
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Failure::new(format!(
            "{path} can be read by others (mode {mode:04o}): it holds secrets. Close it with: chmod 600 {path}",
            path = path.display()
        )));
    }
    whole_file::read_text(path, whole_file::CONFIGURATION_MAX).map(Some).map_err(failed)
}

/// Writes a file that only its owner may read: all of it or, after a crash, none.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let failed = |error| Failure::because(&path.display().to_string(), error);
    let unfinished = path.with_extension("unfinished");
    let _ = std::fs::remove_file(&unfinished);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&unfinished, path).map_err(failed)?;
    // The name is safe once its directory is.
    let directory = path.parent().unwrap_or(Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)
}
