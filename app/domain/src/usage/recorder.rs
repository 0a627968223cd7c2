//! Counting in memory. Threads count in shards of their own, so they hardly ever meet.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::measured::{Answered, Measure, MeasureKey};
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
        let outcome = match self.outcome {
            Outcome::Accepted => 0,
            Outcome::Refused(reason) => reason as u64 + 1,
        };
        let minute = self.minute.cast_unsigned();
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

pub(super) type Measures = HashMap<MeasureKey, Measure, BuildHasherDefault<DigestHasher>>;
pub(super) type Counts = HashMap<CountKey, Count, BuildHasherDefault<DigestHasher>>;

/// A cache line of its own for each shard, so that neighbours do not slow each other down.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<(Counts, Measures)>);

/// Counts requests by key, minute and outcome, until they are taken to be written.
#[derive(Debug, Default)]
pub struct Recorder {
    shards: [Shard; SHARDS],
    flush_us: AtomicU64,
    flush_failures: AtomicU64,
}

impl Recorder {
    /// Counts one request.
    pub fn count(&self, record: &KeyRecord, outcome: Outcome, now_ms: i64) {
        let counted = CountKey { key: record.id, minute: now_ms.div_euclid(MINUTE_MS), outcome };
        let shard = &self.shards[shard_of_this_thread()];
        let mut counts = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.0.entry(counted).or_default();
        count.requests += 1;
        count.last_at_ms = count.last_at_ms.max(now_ms);
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
        let mut counts = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.1.entry(measured).or_default().add(&Measure::of(answered));
    }

    /// Takes all that has been counted and measured so far; each request is taken once.
    pub(super) fn take(&self) -> (Counts, Measures) {
        let (mut all, mut measures) = (Counts::default(), Measures::default());
        for shard in &self.shards {
            let mut counts = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
            let taken: Vec<_> = counts.0.drain().collect();
            let measured: Vec<_> = counts.1.drain().collect();
            drop(counts);
            for (counted, count) in taken {
                add(&mut all, counted, count);
            }
            for (key, measure) in measured {
                measures.entry(key).or_default().add(&measure);
            }
        }
        (all, measures)
    }
}

fn add(all: &mut Counts, counted: CountKey, count: Count) {
    match all.entry(counted) {
        Entry::Vacant(free) => {
            free.insert(count);
        }
        Entry::Occupied(mut sum) => {
            let sum = sum.get_mut();
            sum.requests += count.requests;
            sum.last_at_ms = sum.last_at_ms.max(count.last_at_ms);
        }
    }
}

fn shard_of_this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    }
    SHARD.with(|shard| *shard)
}
