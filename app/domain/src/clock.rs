//! The time, handed in, so that tests can hold it and set it.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;

/// PostgreSQL and people agree on such years.
pub(crate) const YEARS: RangeInclusive<i32> = 1900..=9999;

/// Tells the time: the machine's, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub struct Clock(Kind);

#[derive(Clone, Debug, Default)]
enum Kind {
    #[default]
    Machine,
    /// Stands still at these milliseconds.
    Fixed(Arc<AtomicI64>),
    /// The machine's, so many milliseconds off.
    Adjusted(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Kind::Machine)
    }

    /// A clock that stands still at `now` until it is set.
    pub fn fixed(now: OffsetDateTime) -> Self {
        Self(Kind::Fixed(Arc::new(AtomicI64::new(milliseconds(now)))))
    }

    /// The machine's clock, which somebody may set wrong.
    pub fn adjustable() -> Self {
        Self(Kind::Adjusted(Arc::default()))
    }

    /// Moves a fixed clock; others stay as they are.
    pub fn set(&self, now: OffsetDateTime) {
        if let Kind::Fixed(fixed) = &self.0 {
            fixed.store(milliseconds(now), Ordering::Relaxed);
        }
    }

    /// Sets an adjustable clock forward or back; others stay as they are.
    pub fn adjust(&self, by_ms: i64) {
        if let Kind::Adjusted(offset) = &self.0 {
            offset.fetch_add(by_ms, Ordering::Relaxed);
        }
    }

    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Kind::Machine => OffsetDateTime::now_utc(),
            Kind::Fixed(_) | Kind::Adjusted(_) => from_milliseconds(self.now_ms()),
        }
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Kind::Machine => machine_ms(),
            Kind::Fixed(fixed) => fixed.load(Ordering::Relaxed),
            Kind::Adjusted(offset) => machine_ms() + offset.load(Ordering::Relaxed),
        }
    }

    /// Both times, read once for all that one request asks.
    pub fn moment(&self) -> Moment {
        let began = Instant::now();
        Moment { ms: self.now_ms(), elapsed_ms: self.elapsed_ms_at(began), began }
    }

    /// Milliseconds since some moment before: for how long something has been so. Nobody can set
    /// it back, as the time of day can be; a fixed clock's stands still as well.
    pub fn elapsed_ms(&self) -> i64 {
        self.elapsed_ms_at(Instant::now())
    }

    fn elapsed_ms_at(&self, now: Instant) -> i64 {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        match &self.0 {
            Kind::Machine | Kind::Adjusted(_) => {
                let elapsed = now.saturating_duration_since(*BEGAN);
                i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
            }
            Kind::Fixed(fixed) => fixed.load(Ordering::Relaxed),
        }
    }
}

/// When something came, by every clock that is asked about it.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC.
    pub ms: i64,
    /// As [`Clock::elapsed_ms`] counts.
    pub elapsed_ms: i64,
    /// By the machine, whatever a test says.
    pub began: Instant,
}

/// Milliseconds since 1970-01-01 UTC, by the machine.
#[expect(clippy::disallowed_methods, reason = "this is the clock that all others ask")]
fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
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
