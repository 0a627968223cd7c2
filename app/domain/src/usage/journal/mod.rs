//! Counts that outlive the program. What the recorder counts stands in files as well, which the machine
//! keeps when the program is killed; the next start writes what was left.
//!
//! Each run has a directory of its own, named by the number under which its batches stand in the
//! ledger and locked while it lives. It says in which database that is. Files there have slots, one for each counter. Each thread's shard
//! has two sets of them for counts, and two for measures. One set belongs to the batch that is being
//! counted, the other to the one before; that one is in the database when they change places. A slot has
//! its batch's number, and the ledger knows which was the last to be written: nothing is counted twice.
//!
//! A crash of the machine is another matter: files that it had not yet put on the disk are gone, and
//! with them the last second's counts.

mod recover;
mod shelf;
mod slots;
mod stock;

pub(super) use recover::recover_until;
pub(super) use shelf::{Shelf, Slot};
pub(super) use stock::stock_until;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

use super::measured::MEASURE_WORDS;
use super::recorder::COUNT_WORDS;
use super::words::Words;
use crate::profiles::Profiles;
use stock::Stock;

/// What ends the name of a directory whose run has not begun yet.
const NEW: &str = "new";
const LOCK: &str = "lock";
const DATABASE: &str = "database";
const WORDS: &str = "words.json";
const COUNTS: &str = "counts";
const MEASURES: &str = "measures";

/// One run's directory.
#[derive(Debug)]
pub struct Journal {
    id: Uuid,
    /// Where its counts belong.
    database: Uuid,
    words: Words,
    /// Where all runs have theirs.
    parent: PathBuf,
    home: PathBuf,
    counts: Arc<Stock>,
    measures: Arc<Stock>,
    _lock: File,
}

impl Journal {
    /// Makes a new run's directory in `parent`, which is made where it is missing, for counts that
    /// belong into the database of this identity.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(parent: &Path, database: Uuid, profiles: &Profiles) -> io::Result<Self> {
        let (id, words) = (Uuid::now_v7(), Words::of(profiles));
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        let (home, unfinished) = (parent.join(id.to_string()), parent.join(format!("{id}.{NEW}")));
        DirBuilder::new().mode(0o700).create(&unfinished)?;
        let lock = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(unfinished.join(LOCK))?;
        lock.try_lock()?;
        std::fs::write(unfinished.join(DATABASE), database.to_string())?;
        std::fs::write(unfinished.join(WORDS), serde_json::to_vec(&words)?)?;
        // Under its name it is locked from the first moment on.
        std::fs::rename(&unfinished, &home)?;
        let [counts, measures] = [COUNTS, MEASURES].map(|kind| Arc::new(Stock::new(&home, kind)));
        let parent = parent.to_owned();
        Ok(Self { id, database, words, parent, home, counts, measures, _lock: lock })
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn words(&self) -> &Words {
        &self.words
    }

    /// One shard's.
    pub(super) fn counts(&self) -> Shelf<COUNT_WORDS> {
        Shelf::new(&self.counts)
    }

    pub(super) fn measures(&self) -> Shelf<MEASURE_WORDS> {
        Shelf::new(&self.measures)
    }

    /// Everything is in the database.
    pub(super) fn remove(&self) {
        remove(&self.home);
    }
}

fn remove(home: &Path) {
    if let Err(error) = std::fs::remove_dir_all(home) {
        tracing::warn!(%error, directory = %home.display(), "a journal that is done with stays behind");
    }
}
