//! The time, handed in, so that tests can hold it and set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use time::OffsetDateTime;

/// Tells the time: the machine's, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still at `now` until it is set.
    pub fn fixed(now: OffsetDateTime) -> Self {
        Self(Some(Arc::new(AtomicI64::new(milliseconds(now)))))
    }

    /// Moves a fixed clock; the machine's stays as it is.
    pub fn set(&self, now: OffsetDateTime) {
        if let Some(fixed) = &self.0 {
            fixed.store(milliseconds(now), Ordering::Relaxed);
        }
    }

    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            None => OffsetDateTime::now_utc(),
            Some(fixed) => from_milliseconds(fixed.load(Ordering::Relaxed)),
        }
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            None => milliseconds(OffsetDateTime::now_utc()),
            Some(fixed) => fixed.load(Ordering::Relaxed),
        }
    }
}

/// Milliseconds since 1970-01-01 UTC.
pub fn milliseconds(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The time so many milliseconds after 1970-01-01 UTC.
pub fn from_milliseconds(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
