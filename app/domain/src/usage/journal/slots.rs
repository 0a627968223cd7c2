//! A file of slots, mapped into memory: writing one costs as much as writing to memory, and what was
//! written is the machine's to keep, not the program's.

use memmap2::{MmapMut, MmapOptions};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{Ordering, compiler_fence};

/// Bytes by which a file grows: whole pages, and whole slots of either kind.
const CHUNK: usize = 256 * 1024;
/// How large a file may get. With more, counts stand in memory alone.
pub(super) const FILE_MAX: usize = 256 * CHUNK;
const WORD: usize = size_of::<u64>();

/// Slots of `W` words each; the first word is the number of the batch that the slot belongs to.
#[derive(Debug)]
pub(super) struct Slots<const W: usize> {
    path: PathBuf,
    /// There as soon as it is needed.
    file: Option<File>,
    chunks: Vec<MmapMut>,
    used: usize,
    /// It could not grow; tried again with the next batch.
    is_full: bool,
}

impl<const W: usize> Slots<W> {
    const A_CHUNK: usize = CHUNK / (W * WORD);

    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None, chunks: Vec::new(), used: 0, is_full: false }
    }

    /// All slots are free again. What they hold stays until it is written over.
    pub(super) fn clear(&mut self) {
        (self.used, self.is_full) = (0, false);
    }

    /// A free slot; `None` where there is no more room.
    pub(super) fn claim(&mut self) -> Option<usize> {
        if self.used == self.chunks.len() * Self::A_CHUNK {
            if self.is_full {
                return None;
            }
            if let Err(error) = self.grow() {
                self.is_full = true;
                tracing::warn!(%error, "a kill would lose the last counts: their file has no more room");
                return None;
            }
        }
        self.used += 1;
        Some(self.used - 1)
    }

    /// Writes a slot that was claimed.
    pub(super) fn put(&mut self, slot: usize, words: &[u64; W]) {
        let at = slot % Self::A_CHUNK * (W * WORD);
        let chunk = self.chunks.get_mut(slot / Self::A_CHUNK);
        let Some(bytes) = chunk.and_then(|chunk| chunk.get_mut(at..at + W * WORD)) else { return };
        let (batch, rest) = bytes.split_at_mut(WORD);
        for (word, bytes) in words[1..].iter().zip(rest.chunks_exact_mut(WORD)) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        // A slot that has its batch's number is whole.
        compiler_fence(Ordering::Release);
        batch.copy_from_slice(&words[0].to_le_bytes());
    }

    fn grow(&mut self) -> io::Result<()> {
        let from = self.chunks.len() * CHUNK;
        if from >= FILE_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(create(&self.path)?),
        };
        // Zeros that are written have their place on the disk: a full disk is told here, as an error.
        file.write_all_at(&vec![0; CHUNK], from as u64)?;
        self.chunks.push(map(file, from as u64)?);
        Ok(())
    }
}

/// All slots of a file that were ever whole.
pub(super) fn read<const W: usize>(path: &Path) -> io::Result<Vec<[u64; W]>> {
    let bytes = crate::whole_file::read(path, FILE_MAX as u64)?;
    let slots = bytes.chunks_exact(W * WORD).map(|slot| {
        let mut words = slot.chunks_exact(WORD);
        std::array::from_fn(|_| {
            let word = words.next().and_then(|word| word.try_into().ok());
            word.map_or(0, u64::from_le_bytes)
        })
    });
    Ok(slots.filter(|words: &[u64; W]| words[0] > 0).collect())
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

#[expect(unsafe_code, reason = "the one way to map a file")]
fn map(file: &File, from: u64) -> io::Result<MmapMut> {
    // SAFETY: memory changes beneath us only if somebody else writes to the file, and ends only if
    // they shorten it. It is in a directory that only its owner may enter and whose lock this run
    // holds; whoever recovers it reads it once the lock is free, that is once this map is gone.
    unsafe { MmapOptions::new().offset(from).len(CHUNK).map_mut(file) }
}
