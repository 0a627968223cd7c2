//! The key directory: every key of the database in this process's memory. Requests read it
//! without a lock; one task ([`follow`]) writes it, so a fill can never overtake a revocation.

mod apply;
pub mod follow;
mod load;

use arc_swap::ArcSwap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};

use crate::channels::ChannelStatus;
use crate::ids::{ChannelId, KeyId, OrganizationId};
use crate::keys::digest::KeyDigest;
use crate::keys::{Access, Environment, KeyStatus};

/// How long the directory may go without word from the database before it lets nobody in.
pub const STALENESS_LIMIT_MS: i64 = 60_000;

/// How long a change waits to be applied here before its author is answered all the same.
const APPLY_PATIENCE: Duration = Duration::from_millis(500);

/// All that verification needs to know of a key.
#[derive(Debug)]
pub struct KeyRecord {
    pub id: KeyId,
    pub organization: Arc<OrganizationState>,
    pub channel: Option<Arc<ChannelState>>,
    pub environment: Environment,
    pub access: Access,
    pub status: KeyStatus,
    pub secret_digest: Option<KeyDigest>,
    pub secret_required: bool,
    /// `i64::MAX` when it never expires.
    pub expires_at_ms: i64,
}

/// An organization, shared by its keys: suspending it changes one value.
#[derive(Debug)]
pub struct OrganizationState {
    pub id: OrganizationId,
    pub slug: Box<str>,
    pub profile: Box<str>,
    pub external_id: Option<Box<str>>,
    pub active: AtomicBool,
}

/// A channel, shared by its keys.
#[derive(Debug)]
pub struct ChannelState {
    pub id: ChannelId,
    status: AtomicU8,
}

impl ChannelState {
    fn new(id: ChannelId, status: ChannelStatus) -> Self {
        Self { id, status: AtomicU8::new(status as u8) }
    }

    pub fn status(&self) -> ChannelStatus {
        let status = self.status.load(Ordering::Acquire);
        ChannelStatus::ALL
            .into_iter()
            .find(|known| *known as u8 == status)
            .unwrap_or(ChannelStatus::Suspended)
    }

    fn set_status(&self, status: ChannelStatus) {
        self.status.store(status as u8, Ordering::Release);
    }
}

/// Passes a digest's own bytes through as the hash; see [`KeyDigest`].
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

type Table = papaya::HashMap<KeyDigest, Arc<KeyRecord>, BuildHasherDefault<DigestHasher>>;

/// The keys by digest, and how fresh they are.
#[derive(Debug)]
pub struct Directory {
    table: ArcSwap<Table>,
    /// When the database was last heard from, as [`crate::clock::Clock::elapsed_ms`] counts;
    /// `i64::MIN` before the first load.
    heard_at_ms: AtomicI64,
    keys: AtomicUsize,
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
            heard_at_ms: AtomicI64::new(i64::MIN),
            keys: AtomicUsize::new(0),
            asked: AtomicU64::new(0),
            done: watch::Sender::new(0),
            wake: Notify::new(),
        }
    }
}

impl Directory {
    /// The record of the key with this digest.
    pub fn find(&self, digest: &KeyDigest) -> Option<Arc<KeyRecord>> {
        self.table.load().pin().get(digest).cloned()
    }

    /// Whether the first load is done.
    pub fn is_loaded(&self) -> bool {
        self.heard_at_ms.load(Ordering::Acquire) != i64::MIN
    }

    /// Whether too long has passed since the database was last heard from.
    pub fn is_stale(&self, elapsed_ms: i64) -> bool {
        elapsed_ms.saturating_sub(self.heard_at_ms.load(Ordering::Acquire)) > STALENESS_LIMIT_MS
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
