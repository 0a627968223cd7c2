//! Writing what earlier runs counted and could not write.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::watch;
use uuid::Uuid;

use super::{COUNTS, DATABASE, LOCK, MEASURES, NEW, Slot, WORDS, remove, slots};
use crate::database::batches::Writer;
use crate::usage::flush::{Batch, Counters};
use crate::usage::levels::{Retention, partitions};
use crate::usage::recorder::{Counts, Measures};
use crate::usage::words::Words;
use crate::{Backend, Result, whole_file};

/// How long until the next try of what could not be written; twice as long each time.
const AGAIN: Duration = Duration::from_secs(5);
const AGAIN_MAX: Duration = Duration::from_secs(600);
/// How long a run may take to begin, which takes moments.
const BEGIN_MAX: time::Duration = time::Duration::HOUR;
/// A database's identity, in bytes.
const DATABASE_MAX: u64 = 36;
/// The names of all outcomes and endpoints, in bytes.
const WORDS_MAX: u64 = 16 * 1024 * 1024;

/// Writes what is left of earlier runs, if there is a journal; ends when that is done, or must stop.
pub(in crate::usage) async fn recover_until(
    backend: Arc<Backend>,
    retention: Retention,
    mut stop: watch::Receiver<bool>,
) {
    tokio::select! {
        () = recover(&backend, retention) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// A run that cannot be written keeps no other waiting.
async fn recover(backend: &Arc<Backend>, retention: Retention) {
    let Some(journal) = backend.recorder.journal() else { return };
    let (parent, database, now) = (journal.parent.clone(), journal.database, backend.clock.now());
    let read = tokio::task::spawn_blocking(move || left_over(&parent, database, now));
    let (mut runs, mut pause) = (read.await.unwrap_or_default(), AGAIN);
    loop {
        let mut unwritten = Vec::new();
        for run in runs {
            match run.write(backend, retention).await {
                Ok(()) => remove(&run.home),
                Err(error) => {
                    tracing::warn!(%error, run = %run.id, "what an earlier run counted cannot be written yet");
                    unwritten.push(run);
                }
            }
        }
        if unwritten.is_empty() {
            return;
        }
        tokio::time::sleep(pause).await;
        (runs, pause) = (unwritten, AGAIN_MAX.min(pause * 2));
    }
}

/// The runs that have ended and left something for this database, oldest first. What is there of one
/// that ended before it began has no counts, and is removed.
fn left_over(parent: &Path, database: Uuid, now: OffsetDateTime) -> Vec<Run> {
    let mut runs = Vec::new();
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    for home in entries.map(|entry| entry.path()) {
        if never_began(&home, now) {
            remove(&home);
        }
        match Run::read(&home, database) {
            Ok(run) => runs.extend(run),
            Err(error) => {
                let directory = home.display();
                tracing::error!(%error, %directory, "what an earlier run counted cannot be read, and stays there");
            }
        }
    }
    runs.sort_unstable_by_key(|run: &Run| run.id);
    runs
}

fn never_began(home: &Path, now: OffsetDateTime) -> bool {
    let id = home.file_stem().and_then(|id| id.to_str()).map(Uuid::try_parse);
    let is_new = matches!(id, Some(Ok(_))) && home.extension().is_some_and(|kind| kind == NEW);
    let changed = || home.metadata().and_then(|metadata| metadata.modified());
    is_new && changed().is_ok_and(|changed| now - OffsetDateTime::from(changed) > BEGIN_MAX)
}

/// An earlier run of the program.
struct Run {
    id: Uuid,
    home: PathBuf,
    words: Words,
    batches: BTreeMap<i64, (Counts, Measures)>,
    /// Two programs that start at once do not both write it.
    _lock: File,
}

impl Run {
    /// What stands in this directory, unless its run is alive or its counts belong elsewhere: another
    /// database does not know their keys, and they would be gone.
    fn read(home: &Path, database: Uuid) -> io::Result<Option<Self>> {
        let name = home.file_name().and_then(|name| name.to_str());
        let Some(Ok(id)) = name.map(Uuid::try_parse) else { return Ok(None) };
        let lock = File::open(home.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let belongs = whole_file::read(&home.join(DATABASE), DATABASE_MAX)?;
        if belongs != database.to_string().as_bytes() {
            tracing::warn!(
                directory = %home.display(),
                "what an earlier run counted belongs into another database: it is written once \
                 Latchkey starts with that one, or remove the directory"
            );
            return Ok(None);
        }
        let words: Words =
            serde_json::from_slice(&whole_file::read(&home.join(WORDS), WORDS_MAX)?)?;
        let mut run =
            Self { id, home: home.to_owned(), words, batches: BTreeMap::new(), _lock: lock };
        for file in std::fs::read_dir(home)? {
            let file = file?.path();
            match file.extension().and_then(|kind| kind.to_str()) {
                Some(COUNTS) => run.add(&file, |(counts, _), (key, count)| {
                    counts.entry(key).or_default().add(&count);
                })?,
                Some(MEASURES) => run.add(&file, |(_, measures), (key, measure)| {
                    measures.entry(key).or_default().add(&measure);
                })?,
                _ => {}
            }
        }
        Ok(Some(run))
    }

    fn add<const W: usize, S: Slot<W>>(
        &mut self,
        file: &Path,
        add: impl Fn(&mut (Counts, Measures), S),
    ) -> io::Result<()> {
        for words in slots::read(file)? {
            // What this program has no name for any more, nobody could look at.
            if let Some(counter) = S::from_words(&words, &self.words) {
                let batch = self.batches.entry(words[0].cast_signed()).or_default();
                add(batch, counter);
            }
        }
        Ok(())
    }

    /// Writes the batches that are not in the database, in their order.
    async fn write(&self, backend: &Arc<Backend>, retention: Retention) -> Result<()> {
        let last =
            sqlx::query_scalar!("select max(seq) from flush_ledger where node_id = $1", self.id)
                .fetch_one(&backend.pools.validator)
                .await?;
        let source = Counters { backend: Arc::clone(backend), words: self.words.clone() };
        let mut writer = Writer::new(Arc::clone(backend), self.id, source, partitions(retention));
        let mut requests = 0;
        for (seq, (counts, measures)) in self.batches.range(last.unwrap_or(0) + 1..) {
            let batch = Batch::of(counts.clone(), measures.clone());
            writer.write(*seq, &batch).await?;
            requests += counts.values().map(|count| count.requests).sum::<u64>();
        }
        if requests > 0 {
            tracing::info!(requests, run = %self.id, "what a run counted that was killed is written");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
