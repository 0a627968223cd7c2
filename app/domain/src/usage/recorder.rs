//! Counting in memory. Threads count in shards of their own, so they hardly ever meet.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

use super::journal::{Journal, Shelf, Slot};
use super::measured::{Answered, MEASURE_WORDS, Measure, MeasureKey};
use super::words::Words;
use crate::directory::{DigestHasher, KeyRecord};
use crate::ids::KeyId;
use crate::verification::Outcome;

const SHARDS: usize = 16;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountKey {
    pub key: KeyId,
    /// Minutes since 1970-01-01 UTC.
    pub minute: i64,
    pub outcome: Outcome,
}

/// A key's id ends in random bits; the few counters that share them differ in the rest.
impl Hash for CountKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (_, low) = self.key.0.as_u64_pair();
        let (minute, outcome) = (self.minute.cast_unsigned(), self.outcome.number());
        state.write_u64((low ^ (minute << 8) ^ outcome).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
}

/// One counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub requests: u64,
    /// When the last of them came, in milliseconds since 1970-01-01 UTC.
    pub last_at_ms: i64,
}

impl Count {
    pub(super) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.last_at_ms = self.last_at_ms.max(other.last_at_ms);
    }
}

/// Batch, key (2), minute, outcome, requests, last moment.
pub(super) const COUNT_WORDS: usize = 8;

impl Slot<COUNT_WORDS> for (CountKey, Count) {
    fn to_words(&self, batch: u64) -> [u64; COUNT_WORDS] {
        let (counted, count) = self;
        let (high, low) = counted.key.0.as_u64_pair();
        let (minute, outcome) = (counted.minute.cast_unsigned(), counted.outcome.number());
        [batch, high, low, minute, outcome, count.requests, count.last_at_ms.cast_unsigned(), 0]
    }

    fn from_words(words: &[u64; COUNT_WORDS], meanings: &Words) -> Option<Self> {
        let [_, high, low, minute, outcome, requests, last_at_ms, _] = *words;
        let key = KeyId(Uuid::from_u64_pair(high, low));
        let outcome = meanings.outcome(outcome)?;
        let counted = CountKey { key, minute: minute.cast_signed(), outcome };
        Some((counted, Count { requests, last_at_ms: last_at_ms.cast_signed() }))
    }
}

pub(super) type Measures = HashMap<MeasureKey, Measure, BuildHasherDefault<DigestHasher>>;
pub(super) type Counts = HashMap<CountKey, Count, BuildHasherDefault<DigestHasher>>;

/// Counters by what they count; in a journal as well, where there is one.
#[derive(Debug)]
struct Table<K, V, const W: usize> {
    counters: HashMap<K, (V, Option<usize>), BuildHasherDefault<DigestHasher>>,
    shelf: Option<Shelf<W>>,
}

impl<K: Copy + Eq + Hash, V: Copy + Default, const W: usize> Table<K, V, W>
where
    (K, V): Slot<W>,
{
    fn new(shelf: Option<Shelf<W>>) -> Self {
        Self { counters: HashMap::default(), shelf }
    }

    fn change(&mut self, key: K, change: impl FnOnce(&mut V)) {
        let Self { counters, shelf } = self;
        let claim = || (V::default(), shelf.as_mut().and_then(Shelf::claim));
        let (value, slot) = counters.entry(key).or_insert_with(claim);
        change(value);
        if let (Some(shelf), Some(slot)) = (shelf, *slot) {
            shelf.put(slot, &(key, *value));
        }
    }

    /// Takes all, which is this batch; what comes next is another.
    fn take(&mut self, batch: u64) -> Vec<(K, V)> {
        if let Some(shelf) = &mut self.shelf {
            shelf.begin(batch + 1);
        }
        self.counters.drain().map(|(key, (value, _))| (key, value)).collect()
    }
}

/// A cache line of its own for each shard, so that neighbours do not slow each other down.
#[derive(Debug)]
#[repr(align(128))]
struct Shard(Mutex<Tables>);

#[derive(Debug)]
struct Tables {
    counts: Table<CountKey, Count, COUNT_WORDS>,
    measures: Table<MeasureKey, Measure, MEASURE_WORDS>,
}

/// Counts requests by key, minute and outcome, until they are taken to be written.
#[derive(Debug)]
pub struct Recorder {
    shards: Box<[Shard; SHARDS]>,
    journal: Option<Journal>,
    flush_us: AtomicU64,
    flush_failures: AtomicU64,
}

impl Default for Recorder {
    /// In memory alone: a kill loses what is not written yet.
    fn default() -> Self {
        Self::new(None)
    }
}

impl Recorder {
    /// Counts in memory, and in the journal if there is one.
    pub fn new(journal: Option<Journal>) -> Self {
        let shards = Box::new(std::array::from_fn(|_| {
            let journal = journal.as_ref();
            Shard(Mutex::new(Tables {
                counts: Table::new(journal.map(Journal::counts)),
                measures: Table::new(journal.map(Journal::measures)),
            }))
        }));
        let (flush_us, flush_failures) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { shards, journal, flush_us, flush_failures }
    }

    pub(super) fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// Counts one request.
    pub fn count(&self, record: &KeyRecord, outcome: Outcome, now_ms: i64) {
        let counted = CountKey { key: record.id, minute: now_ms.div_euclid(MINUTE_MS), outcome };
        let shard = &self.shards[shard_of_this_thread()];
        let mut tables = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables
            .counts
            .change(counted, |count| count.add(&Count { requests: 1, last_at_ms: now_ms }));
    }

    pub(super) fn flushed(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.flush_us.store(us, Ordering::Relaxed);
    }

    pub(super) fn flush_failed(&self) {
        self.flush_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// How long the last counts took to be written, and how many tries have failed.
    pub fn last_flush(&self) -> (Duration, u64) {
        let took = Duration::from_micros(self.flush_us.load(Ordering::Relaxed));
        (took, self.flush_failures.load(Ordering::Relaxed))
    }

    /// Measures one answer, whose outcome has been counted.
    pub fn measure(&self, record: &KeyRecord, answered: Answered, now_ms: i64) {
        let endpoint = answered.endpoint;
        let measured = MeasureKey { key: record.id, hour: now_ms.div_euclid(HOUR_MS), endpoint };
        let shard = &self.shards[shard_of_this_thread()];
        let mut tables = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.measures.change(measured, |sum| sum.add(&Measure::of(answered)));
    }

    /// Takes all that has been counted and measured so far, as the batch of this number; each
    /// request is taken once.
    pub(super) fn take(&self, batch: u64) -> (Counts, Measures) {
        let (mut all, mut measures) = (Counts::default(), Measures::default());
        for shard in self.shards.iter() {
            let mut tables = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (counted, measured) = (tables.counts.take(batch), tables.measures.take(batch));
            drop(tables);
            for (key, count) in counted {
                all.entry(key).or_default().add(&count);
            }
            for (key, measure) in measured {
                measures.entry(key).or_default().add(&measure);
            }
        }
        (all, measures)
    }
}

fn shard_of_this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    }
    SHARD.with(|shard| *shard)
}
