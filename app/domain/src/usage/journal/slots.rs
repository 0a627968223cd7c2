//! Slots in files that are mapped into memory: writing one costs as much as writing to memory, and
//! what was written is the machine's to keep, not the program's.

use memmap2::MmapMut;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{Ordering, compiler_fence};

use super::stock::{FILE, Stock};

/// How many files slots may be in. With more, counts stand in memory alone.
pub(super) const FILES_MAX: usize = 256;
const WORD: usize = size_of::<u64>();

/// Slots of `W` words each; the first word is the number of the batch that the slot belongs to.
#[derive(Debug)]
pub(super) struct Slots<const W: usize> {
    stock: Arc<Stock>,
    /// There as soon as they are needed.
    files: Vec<MmapMut>,
    used: usize,
    /// There was no file; tried again with the next batch.
    is_full: bool,
}

impl<const W: usize> Slots<W> {
    const A_FILE: usize = FILE / (W * WORD);

    pub(super) fn new(stock: Arc<Stock>) -> Self {
        Self { stock, files: Vec::new(), used: 0, is_full: false }
    }

    /// All slots are free again. What they hold stays until it is written over.
    pub(super) fn clear(&mut self) {
        (self.used, self.is_full) = (0, false);
    }

    /// A free slot; `None` where there is no more room.
    pub(super) fn claim(&mut self) -> Option<usize> {
        if self.used == self.files.len() * Self::A_FILE {
            if self.is_full {
                return None;
            }
            if let Err(error) = self.grow() {
                self.is_full = true;
                tracing::warn!(%error, "a kill would lose the last counts: there is no more room for them");
                return None;
            }
        }
        self.used += 1;
        Some(self.used - 1)
    }

    /// Writes a slot that was claimed.
    pub(super) fn put(&mut self, slot: usize, words: &[u64; W]) {
        let at = slot % Self::A_FILE * (W * WORD);
        let file = self.files.get_mut(slot / Self::A_FILE);
        let Some(bytes) = file.and_then(|file| file.get_mut(at..at + W * WORD)) else { return };
        let (batch, rest) = bytes.split_at_mut(WORD);
        for (word, bytes) in words[1..].iter().zip(rest.chunks_exact_mut(WORD)) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        // A slot that has its batch's number is whole.
        compiler_fence(Ordering::Release);
        batch.copy_from_slice(&words[0].to_le_bytes());
    }

    fn grow(&mut self) -> io::Result<()> {
        if self.files.len() == FILES_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.files.push(self.stock.take()?);
        Ok(())
    }
}

/// All slots of a file that were ever whole.
pub(super) fn read<const W: usize>(path: &Path) -> io::Result<Vec<[u64; W]>> {
    let bytes = crate::whole_file::read(path, FILE as u64)?;
    let whole = bytes.chunks_exact(W * WORD).filter(|slot| slot[..WORD] != [0; WORD]);
    let slots = whole.map(|slot| {
        let mut words = slot.chunks_exact(WORD);
        std::array::from_fn(|_| {
            let word = words.next().and_then(|word| word.try_into().ok());
            word.map_or(0, u64::from_le_bytes)
        })
    });
    Ok(slots.collect())
}
