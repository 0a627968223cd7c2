//! The key directory: every key of the database in this process's memory. Requests read it
//! without a lock; one task ([`follow`]) writes it, so a fill can never overtake a revocation.

mod apply;
pub mod follow;
mod limit;
mod load;
#[cfg(test)]
mod model;
mod prefixes;
mod prune;
mod record;

pub use limit::{Allowance, Limit};
pub use record::{ChannelState, Conditions, KeyRecord, OrganizationState, Permission};

use arc_swap::ArcSwap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};

use crate::keys::digest::{Fingerprint, KeyDigest};
use limit::Limits;
use prefixes::Prefixes;

/// How long the directory may go without word from the database before it can say nothing of a
/// text that it does not know. Keys that it knows have their organization's limit.
pub const STALENESS_LIMIT_MS: i64 = 60_000;

/// How long a change waits to be applied here before its author is answered all the same.
const APPLY_PATIENCE: Duration = Duration::from_millis(500);

/// Passes a digest's own bytes through as the hash; see [`Fingerprint`].
#[derive(Debug, Default)]
pub struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type Table = papaya::HashMap<Fingerprint, KeyRecord, BuildHasherDefault<DigestHasher>>;

/// The keys by digest, and how fresh they are.
#[derive(Debug)]
pub struct Directory {
    table: ArcSwap<Table>,
    imported: ArcSwap<Prefixes>,
    limits: Arc<Limits>,
    /// When the database was last heard from, as [`crate::clock::Clock::elapsed_ms`] counts;
    /// `i64::MIN` before the first load.
    heard_at_ms: AtomicI64,
    keys: AtomicUsize,
    /// Shared with the records of their keys.
    organizations: ArcSwap<Vec<Arc<OrganizationState>>>,
    /// How many looks at the database have been asked for, and how many of these are done.
    asked: AtomicU64,
    done: watch::Sender<u64>,
    wake: Notify,
}

/// An empty directory, which refuses everything until it is loaded.
impl Default for Directory {
    fn default() -> Self {
        Self {
            table: ArcSwap::default(),
            imported: ArcSwap::default(),
            limits: Arc::default(),
            heard_at_ms: AtomicI64::new(i64::MIN),
            keys: AtomicUsize::new(0),
            organizations: ArcSwap::default(),
            asked: AtomicU64::new(0),
            done: watch::Sender::new(0),
            wake: Notify::new(),
        }
    }
}

impl Directory {
    /// The record of the key with this digest.
    pub fn find(&self, digest: &KeyDigest) -> Option<KeyRecord> {
        self.table.load().pin().get(&digest.fingerprint()).cloned()
    }

    /// Whether a text that is none of ours may be that of an imported key.
    pub fn may_be_imported(&self, text: &[u8]) -> bool {
        self.imported.load().fit(text)
    }

    /// Whether the first load is done.
    pub fn is_loaded(&self) -> bool {
        self.heard_at_ms.load(Ordering::Acquire) != i64::MIN
    }

    /// For how long the database has not been heard from; for ever, before the first load.
    pub fn silent_for_ms(&self, elapsed_ms: i64) -> i64 {
        elapsed_ms.saturating_sub(self.heard_at_ms.load(Ordering::Acquire))
    }

    /// Whether too long has passed since the database was last heard from.
    pub fn is_stale(&self, elapsed_ms: i64) -> bool {
        self.silent_for_ms(elapsed_ms) > STALENESS_LIMIT_MS
    }

    /// How many organizations there are, and how many of these have their keys refused because the
    /// database has been silent for longer than they allow.
    pub fn organizations(&self, elapsed_ms: i64) -> (usize, usize) {
        let silent_for_ms = self.silent_for_ms(elapsed_ms);
        let all = self.organizations.load();
        let stale = all.iter().filter(|one| silent_for_ms > one.staleness_limit_ms()).count();
        (all.len(), stale)
    }

    /// How many keys it holds, revoked ones too.
    pub fn len(&self) -> usize {
        self.keys.load(Ordering::Relaxed)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until what is committed now is applied: after it, a key that was revoked is refused.
    /// Not for ever: while the database is away, the answer must not be.
    pub async fn catch_up(&self) {
        if !self.is_loaded() {
            return;
        }
        let number = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        self.wake.notify_one();
        let mut done = self.done.subscribe();
        let applied = done.wait_for(|done| *done >= number);
        // Too late: the next look, a second later at most, applies it.
        let _ = tokio::time::timeout(APPLY_PATIENCE, applied).await;
    }

    fn heard(&self, elapsed_ms: i64, keys: usize) {
        self.keys.store(keys, Ordering::Relaxed);
        self.heard_at_ms.store(elapsed_ms, Ordering::Release);
    }
}
