//! Calls on their way to the database, in bounded memory. Whoever answers a call copies some
//! hundred bytes into a buffer of their thread's own; nobody waits for the database.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use uuid::Uuid;

use super::request_id::RequestIds;
use super::row::{Call, Row};
use super::{Kept, Settings, WhenFull};
use crate::ids::OrganizationId;

/// Bytes that may wait: some hundred thousand calls.
const CAPACITY: usize = 64 * 1024 * 1024;
/// Bytes from which on they are written without waiting for the next round.
const MANY: usize = 2 * 1024 * 1024;
const SHARDS: usize = 16;
const MINUTE_MS: i64 = 60_000;

/// What became of a call.
#[derive(Debug)]
pub enum Offer {
    /// It will be written, or need not be.
    Done,
    /// There is no room: its answer should wait, with [`Queue::wait`].
    Wait(Row),
}

/// The calls of one day that one thread has answered.
#[derive(Debug)]
pub(super) struct Buffer {
    /// Days since 1970-01-01 UTC.
    pub day: i64,
    pub rows: u64,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Vec<Buffer>>);

/// Not logged: by organization and minute.
pub(super) type Gaps = HashMap<(OrganizationId, i64), i64>;

/// Calls that wait to be written, and what is to be told of them.
#[derive(Debug)]
pub struct Queue {
    ids: RequestIds,
    shards: [Shard; SHARDS],
    capacity: usize,
    /// Bytes that wait or are being written.
    used: AtomicUsize,
    waiting: AtomicU64,
    written: AtomicU64,
    shed: AtomicU64,
    blocked: AtomicU64,
    sampled: AtomicU64,
    gaps: Mutex<Gaps>,
    /// There is much to write.
    pub(super) many: Notify,
    /// There is room again.
    room: Notify,
}

impl Default for Queue {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl Queue {
    /// One that holds so many bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            ids: RequestIds::default(),
            shards: Default::default(),
            capacity,
            used: AtomicUsize::new(0),
            waiting: AtomicU64::new(0),
            written: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            blocked: AtomicU64::new(0),
            sampled: AtomicU64::new(0),
            gaps: Mutex::default(),
            many: Notify::new(),
            room: Notify::new(),
        }
    }

    /// An id for a call that comes now.
    pub fn request_id(&self, at_ms: i64) -> Uuid {
        self.ids.generate(at_ms)
    }

    /// Takes the call where the settings want it.
    pub fn offer(&self, call: &Call<'_>, settings: Settings, node: &str) -> Offer {
        if !self.is_kept(call, settings.calls) {
            return Offer::Done;
        }
        if self.used.load(Ordering::Relaxed) < self.capacity {
            let added = {
                let mut buffers = lock(&self.shards[shard_of_this_thread()].0);
                let buffer = buffer_of(&mut buffers, call.day());
                let before = buffer.bytes.len();
                call.write(node, &mut buffer.bytes);
                buffer.rows += 1;
                buffer.bytes.len() - before
            };
            self.added(added);
            return Offer::Done;
        }
        match settings.when_full {
            WhenFull::Shed => {
                self.shed.fetch_add(1, Ordering::Relaxed);
                let place = (call.key.organization.id, call.at_ms.div_euclid(MINUTE_MS));
                *lock(&self.gaps).entry(place).or_default() += 1;
                Offer::Done
            }
            WhenFull::Block => {
                self.blocked.fetch_add(1, Ordering::Relaxed);
                let mut bytes = Vec::new();
                call.write(node, &mut bytes);
                Offer::Wait(Row { day: call.day(), bytes })
            }
        }
    }

    /// Takes the row as soon as there is room.
    pub async fn wait(&self, row: Row) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // From here on no word is missed, also before the first look.
            room.as_mut().enable();
            if self.used.load(Ordering::Relaxed) < self.capacity {
                break;
            }
            room.await;
        }
        let mut buffers = lock(&self.shards[shard_of_this_thread()].0);
        let buffer = buffer_of(&mut buffers, row.day);
        buffer.bytes.extend_from_slice(&row.bytes);
        buffer.rows += 1;
        drop(buffers);
        self.added(row.bytes.len());
    }

    fn is_kept(&self, call: &Call<'_>, kept: Kept) -> bool {
        match kept {
            Kept::All => true,
            _ if call.reason.is_some() => true,
            Kept::Refused => false,
            Kept::Sampled(of) => {
                let number = self.sampled.fetch_add(1, Ordering::Relaxed);
                number.is_multiple_of(u64::from(of.get()))
            }
        }
    }

    fn added(&self, bytes: usize) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        if before < MANY && before + bytes >= MANY {
            self.many.notify_one();
        }
    }

    /// All that waits, the days in order. It counts as waiting until it is written.
    pub(super) fn take(&self) -> (Vec<Buffer>, Gaps) {
        let mut all: Vec<Buffer> = Vec::new();
        for shard in &self.shards {
            let taken = std::mem::take(&mut *lock(&shard.0));
            all.extend(taken.into_iter().filter(|buffer| buffer.rows > 0));
        }
        all.sort_by_key(|buffer| buffer.day);
        (all, std::mem::take(&mut lock(&self.gaps)))
    }

    /// These have been written.
    pub(super) fn done(&self, rows: u64, bytes: usize) {
        self.waiting.fetch_sub(rows, Ordering::Relaxed);
        self.written.fetch_add(rows, Ordering::Relaxed);
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        self.room.notify_waiters();
    }

    /// Calls that wait to be written.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Calls that were written since the start.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Calls that were not logged for want of room, since the start.
    pub fn shed(&self) -> u64 {
        self.shed.load(Ordering::Relaxed)
    }

    /// Answers that waited for room, since the start.
    pub fn blocked(&self) -> u64 {
        self.blocked.load(Ordering::Relaxed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The day's buffer; around midnight there are two.
fn buffer_of(buffers: &mut Vec<Buffer>, day: i64) -> &mut Buffer {
    let place = buffers.iter().position(|buffer| buffer.day == day).unwrap_or_else(|| {
        buffers.push(Buffer { day, rows: 0, bytes: Vec::with_capacity(64 * 1024) });
        buffers.len() - 1
    });
    &mut buffers[place]
}

fn shard_of_this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    }
    SHARD.with(|shard| *shard)
}
