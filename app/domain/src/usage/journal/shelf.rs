//! One shard's two sets of slots of a kind, which take turns.

use std::sync::Arc;

use super::slots::Slots;
use super::stock::Stock;
use crate::usage::words::Words;

/// A counter as a slot of `W` words, the first of which is its batch's number.
pub(in crate::usage) trait Slot<const W: usize>: Sized {
    fn to_words(&self, batch: u64) -> [u64; W];

    /// The counter; `None` where this program does not know what it counts any more.
    fn from_words(words: &[u64; W], meanings: &Words) -> Option<Self>;
}

/// Slots for the batch that is being counted, beside those of the batch before.
#[derive(Debug)]
pub(in crate::usage) struct Shelf<const W: usize> {
    batch: u64,
    turns: [Slots<W>; 2],
}

impl<const W: usize> Shelf<W> {
    /// For the first batch, whose number is 1.
    pub(super) fn new(stock: &Arc<Stock>) -> Self {
        Self { batch: 1, turns: [(), ()].map(|()| Slots::new(Arc::clone(stock))) }
    }

    /// Begins this batch. The one before the last is in the database.
    pub(in crate::usage) fn begin(&mut self, batch: u64) {
        self.batch = batch;
        self.slots().clear();
    }

    /// A slot for a counter of the present batch, if there is room.
    pub(in crate::usage) fn claim(&mut self) -> Option<usize> {
        self.slots().claim()
    }

    /// Writes a counter into its slot.
    pub(in crate::usage) fn put(&mut self, slot: usize, counter: &impl Slot<W>) {
        let words = counter.to_words(self.batch);
        self.slots().put(slot, &words);
    }

    fn slots(&mut self) -> &mut Slots<W> {
        let [even, odd] = &mut self.turns;
        if self.batch.is_multiple_of(2) { even } else { odd }
    }
}
