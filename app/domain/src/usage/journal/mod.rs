//! Counts that outlive the program. What the recorder counts stands in files as well, which the machine
//! keeps when the program is killed; the next start writes what was left.
//!
//! Each run has a directory of its own, named by the number under which its batches stand in the
//! ledger and locked while it lives. Each thread's shard has two files of counts there, and two of
//! measures, with a slot for each counter. One file belongs to the batch that is being counted, the
//! other to the one before; that one is in the database when they change places. A slot has its batch's
//! number, and the ledger knows which was the last to be written: nothing is counted twice.
//!
//! A crash of the machine is another matter: files that it had not yet put on the disk are gone, and
//! with them the last second's counts.

mod recover;
mod shelf;
mod slots;

pub(super) use recover::recover_until;
pub(super) use shelf::{Shelf, Slot};

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use uuid::Uuid;

use super::measured::MEASURE_WORDS;
use super::recorder::COUNT_WORDS;
use super::words::Words;
use crate::profiles::Profiles;

const LOCK: &str = "lock";
const WORDS: &str = "words.json";
const COUNTS: &str = "counts";
const MEASURES: &str = "measures";

/// One run's directory.
#[derive(Debug)]
pub struct Journal {
    id: Uuid,
    words: Words,
    /// Where all runs have theirs.
    parent: PathBuf,
    home: PathBuf,
    _lock: File,
}

impl Journal {
    /// Makes a new run's directory in `parent`, which is made where it is missing.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(parent: &Path, profiles: &Profiles) -> io::Result<Self> {
        let (id, words) = (Uuid::now_v7(), Words::of(profiles));
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        let (home, unfinished) = (parent.join(id.to_string()), parent.join(format!("{id}.new")));
        DirBuilder::new().mode(0o700).create(&unfinished)?;
        let lock = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(unfinished.join(LOCK))?;
        lock.try_lock()?;
        std::fs::write(unfinished.join(WORDS), serde_json::to_vec(&words)?)?;
        // Under its name it is locked from the first moment on.
        std::fs::rename(&unfinished, &home)?;
        Ok(Self { id, words, parent: parent.to_owned(), home, _lock: lock })
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn words(&self) -> &Words {
        &self.words
    }

    pub(super) fn counts(&self, shard: usize) -> Shelf<COUNT_WORDS> {
        self.shelf(shard, COUNTS)
    }

    pub(super) fn measures(&self, shard: usize) -> Shelf<MEASURE_WORDS> {
        self.shelf(shard, MEASURES)
    }

    fn shelf<const W: usize>(&self, shard: usize, kind: &str) -> Shelf<W> {
        Shelf::new([0, 1].map(|turn| self.home.join(format!("{shard}-{turn}.{kind}"))))
    }

    /// Everything is in the database.
    pub(super) fn remove(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.home) {
            tracing::warn!(%error, directory = %self.home.display(), "a journal that is done with stays behind");
        }
    }
}
