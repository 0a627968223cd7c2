//! A key's limit of requests. Each has its own, one number that requests swap without a lock; it
//! goes on when the key is regenerated or all are loaded anew, and is gone with the key.

use governor::clock::Reference;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use uuid::Uuid;

use crate::clock::Clock;

const SECONDS_A_MINUTE: u64 = 60;
const NANOS_A_MS: u64 = 1_000_000;

impl governor::clock::Clock for Clock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.elapsed_ms().unsigned_abs() * NANOS_A_MS)
    }
}

/// The limits there are, by key and number. Only the writer asks; requests have them in their records.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<HashMap<(Uuid, NonZeroU32), Weak<Limit>>>);

impl Limits {
    /// The key's, as long as any record has it; or a new one.
    pub fn of(&self, key: Uuid, per_minute: NonZeroU32, clock: &Clock) -> Arc<Limit> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry((key, per_minute)).or_default();
        known.upgrade().unwrap_or_else(|| {
            let limit = Arc::new(Limit::new(per_minute, clock.clone()));
            *known = Arc::downgrade(&limit);
            limit
        })
    }

    /// Those that no record has any more.
    pub fn forget_unused(&self) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, limit| limit.strong_count() > 0);
    }
}

/// So many requests a minute: at once or spread, refilled evenly.
#[derive(Debug)]
pub struct Limit {
    per_minute: NonZeroU32,
    limiter: RateLimiter<NotKeyed, InMemoryState, Clock, StateInformationMiddleware>,
}

/// What a key's limit leaves after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whether this request was within the limit.
    pub granted: bool,
    /// Requests a minute.
    pub limit: u32,
    /// How many more could come at once.
    pub remaining: u32,
    /// Seconds until nothing is used up; for a request past the limit, until the next one would
    /// be within it.
    pub reset_s: u64,
}

impl Limit {
    pub fn new(per_minute: NonZeroU32, clock: Clock) -> Self {
        let limiter = RateLimiter::direct_with_clock(Quota::per_minute(per_minute), clock)
            .with_middleware::<StateInformationMiddleware>();
        Self { per_minute, limiter }
    }

    pub fn per_minute(&self) -> NonZeroU32 {
        self.per_minute
    }

    /// Takes one request from it.
    pub fn take(&self) -> Allowance {
        let limit = self.per_minute.get();
        match self.limiter.check() {
            Ok(left) => {
                let remaining = left.remaining_burst_capacity();
                let used = u64::from(limit.saturating_sub(remaining));
                let reset_s = (used * SECONDS_A_MINUTE).div_ceil(u64::from(limit));
                Allowance { granted: true, limit, remaining, reset_s }
            }
            Err(not_until) => {
                let now = governor::clock::Clock::now(self.limiter.clock());
                let wait = not_until.earliest_possible().duration_since(now);
                let reset_s = wait.as_u64().div_ceil(1_000 * NANOS_A_MS).max(1);
                Allowance { granted: false, limit, remaining: 0, reset_s }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, OffsetDateTime};

    #[test]
    fn a_minutes_worth_may_come_at_once_and_comes_back_evenly() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let clock = Clock::fixed(now);
        let limit = Limit::new(NonZeroU32::MIN.saturating_add(5), clock.clone());
        let taken: Vec<_> = (0..6).map(|_| limit.take()).collect();
        assert!(taken.iter().all(|allowance| allowance.granted), "{taken:?}");
        let remaining: Vec<_> = taken.iter().map(|allowance| allowance.remaining).collect();
        assert_eq!(remaining, [5, 4, 3, 2, 1, 0]);
        assert_eq!((taken[0].reset_s, taken[5].reset_s), (10, 60));
        let refused = Allowance { granted: false, limit: 6, remaining: 0, reset_s: 10 };
        assert_eq!(limit.take(), refused);
        clock.set(now + Duration::seconds(9));
        assert_eq!(limit.take(), Allowance { reset_s: 1, ..refused });
        clock.set(now + Duration::seconds(10));
        assert!(limit.take().granted);
        assert!(!limit.take().granted, "one came back, not more");
        // The time of day does not matter, nor does it when it is set back.
        clock.set(now);
        assert!(!limit.take().granted);
    }
}
