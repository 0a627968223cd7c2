//! Files for slots, made ahead of need: whoever counts finds them ready.

use memmap2::{MmapMut, MmapOptions};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

use crate::Backend;

/// Bytes of a file: whole pages, and whole slots of either kind.
pub(super) const FILE: usize = 256 * 1024;
/// How many are ready: each shard may need one within the same second.
const READY: usize = 16;
/// How often it is seen to that they are.
const EVERY: Duration = Duration::from_secs(1);

/// A run's files of one kind.
#[derive(Debug)]
pub(super) struct Stock {
    home: PathBuf,
    kind: &'static str,
    made: AtomicUsize,
    ready: Mutex<Vec<MmapMut>>,
}

impl Stock {
    /// Some are ready at once.
    pub(super) fn new(home: &Path, kind: &'static str) -> Self {
        let (home, made, ready) = (home.to_owned(), AtomicUsize::new(0), Mutex::default());
        let stock = Self { home, kind, made, ready };
        stock.fill();
        stock
    }

    /// A file of zeros; made now where none is ready.
    pub(super) fn take(&self) -> io::Result<MmapMut> {
        let ready = self.ready().pop();
        ready.map_or_else(|| self.make(), Ok)
    }

    /// Makes files until enough are ready. What keeps them from being made is told where one is
    /// needed.
    pub(super) fn fill(&self) {
        let missing = READY.saturating_sub(self.ready().len());
        for file in (0..missing).map_while(|_| self.make().ok()) {
            self.ready().push(file);
        }
    }

    fn ready(&self) -> MutexGuard<'_, Vec<MmapMut>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self) -> io::Result<MmapMut> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let path = self.home.join(format!("{number}.{}", self.kind));
        let made = make(&path);
        if made.is_err() {
            let _ = std::fs::remove_file(&path);
        }
        made
    }
}

fn make(path: &Path) -> io::Result<MmapMut> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    // Zeros that are written have their place on the disk: a full disk is told here, as an error.
    file.write_all_at(&vec![0; FILE], 0)?;
    map(&file)
}

#[expect(unsafe_code, reason = "the one way to map a file")]
fn map(file: &File) -> io::Result<MmapMut> {
    // SAFETY: memory changes beneath us only if somebody else writes to the file, and ends only if
    // they shorten it. It is in a directory that only its owner may enter and whose lock this run
    // holds; whoever recovers it reads it once the lock is free, that is once this map is gone.
    unsafe { MmapOptions::new().len(FILE).map_mut(file) }
}

/// Keeps files ready until told to stop, if there is a journal.
pub(in crate::usage) async fn stock_until(backend: Arc<Backend>, mut stop: watch::Receiver<bool>) {
    let Some(journal) = backend.recorder.journal() else { return };
    let stocks = [Arc::clone(&journal.counts), Arc::clone(&journal.measures)];
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let stocks = stocks.clone();
        // Threads that answer requests do not write files.
        let filled = tokio::task::spawn_blocking(move || stocks.iter().for_each(|it| it.fill()));
        // Where it could not, the next turn can.
        let _ = filled.await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Journal;
    use super::super::slots::{FILES_MAX, Slots, read};
    use super::*;
    use crate::testing::{Directory, World, eventually};
    use crate::usage::recorder::Recorder;
    use crate::{Error, Result};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn files(directory: &Directory) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(directory.path()).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    #[test]
    fn files_that_are_ready_are_used_and_more_are_made_where_none_is() {
        let directory = Directory::make();
        let stock = Arc::new(Stock::new(directory.path(), "counts"));
        let mut slots = Slots::<8>::new(Arc::clone(&stock));
        let a_file = FILE / 64;
        for number in 0..READY * a_file {
            assert_eq!(slots.claim(), Some(number));
        }
        assert_eq!(files(&directory).len(), READY);
        assert_eq!(slots.claim(), Some(READY * a_file));
        assert_eq!(files(&directory).len(), READY + 1);
        stock.fill();
        assert_eq!(files(&directory).len(), 2 * READY + 1);
    }

    #[sqlx::test(migrations = false)]
    async fn while_the_program_runs_files_stay_ready(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let mut world = World::new(owner).await?;
        let directory = Directory::make();
        let journal = Journal::create(directory.path(), Uuid::nil(), &world.backend.profiles)
            .map_err(|error| Error::Internal(error.to_string()))?;
        let stocks = [Arc::clone(&journal.counts), Arc::clone(&journal.measures)];
        world.set_recorder(Recorder::new(Some(journal)));
        assert!(stocks.iter().all(|it| it.take().is_ok() && it.ready().len() == READY - 1));
        let (stop, stopping) = watch::channel(false);
        let stocking = tokio::spawn(stock_until(Arc::clone(&world.backend), stopping));
        eventually(|| stocks.iter().all(|it| it.ready().len() == READY)).await;
        stop.send_replace(true);
        assert!(stocking.await.is_ok());
        Ok(())
    }

    #[test]
    fn slots_take_no_more_than_they_may() {
        let directory = Directory::make();
        let mut slots = Slots::<8>::new(Arc::new(Stock::new(directory.path(), "counts")));
        let room = FILES_MAX * FILE / 64;
        for number in 0..room {
            let slot = slots.claim();
            assert_eq!(slot, Some(number));
            slots.put(number, &[3, number as u64, 0, 0, 0, 0, 0, 9]);
        }
        assert_eq!((slots.claim(), slots.claim()), (None, None));
        let written = || -> Vec<_> {
            let read = files(&directory).into_iter().map(|file| read::<8>(&file));
            read.flat_map(Result::unwrap_or_default).collect()
        };
        let numbers: BTreeSet<_> = written().iter().map(|words| (words[7], words[1])).collect();
        assert!(numbers.into_iter().eq((0..room as u64).map(|number| (9, number))));
        slots.clear();
        assert_eq!(slots.claim(), Some(0));
        slots.put(0, &[4; 8]);
        let written = written();
        assert_eq!(
            (written.len(), written.iter().filter(|words| words[0] == 4).count()),
            (room, 1)
        );
    }

    #[test]
    fn nothing_breaks_where_there_is_nowhere_to_write() {
        let directory = Directory::make();
        let nowhere = directory.path().join("nowhere");
        let mut slots = Slots::<8>::new(Arc::new(Stock::new(&nowhere, "counts")));
        assert_eq!(slots.claim(), None);
        slots.put(0, &[1; 8]);
    }
}
