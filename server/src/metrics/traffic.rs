//! Requests as they are answered: by API profile and outcome, and how long they took. Keys that
//! nobody knows count here too, which belong to nobody's usage.

use domain::profiles::Profiles;
use domain::verification::{Outcome, Reason};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Accepted, and each reason.
const OUTCOMES: usize = 1 + Reason::ALL.len();
/// The upper bounds of the histogram, in microseconds.
pub(super) const BOUNDS_US: [u64; 12] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 10_000_000];

/// Counters that only grow. Nobody waits for anybody.
#[derive(Debug)]
pub struct Traffic {
    profiles: Vec<ByOutcome>,
    latency: [AtomicU64; BOUNDS_US.len() + 1],
    latency_sum_us: AtomicU64,
}

/// A profile's counters, on cache lines of their own.
#[derive(Debug)]
#[repr(align(128))]
struct ByOutcome {
    name: String,
    counts: [AtomicU64; OUTCOMES],
}

impl Traffic {
    /// Counters for each profile.
    pub fn new(profiles: &Profiles) -> Self {
        let of = |name: &str| ByOutcome {
            name: name.to_owned(),
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
        };
        Self {
            // Last, and without a name: what is of no profile.
            profiles: profiles.iter().map(|profile| of(&profile.name)).chain([of("")]).collect(),
            latency: std::array::from_fn(|_| AtomicU64::new(0)),
            latency_sum_us: AtomicU64::new(0),
        }
    }

    /// Counts an answer of the profile at this place among all; past the last, of none.
    pub fn count(&self, place: usize, outcome: Outcome, took: Duration) {
        let number = match outcome {
            Outcome::Accepted => 0,
            Outcome::Refused(reason) => reason as usize + 1,
        };
        let profile = self.profiles.get(place).or(self.profiles.last());
        let count = profile.and_then(|profile| profile.counts.get(number));
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS_US.iter().position(|bound| us <= *bound).unwrap_or(BOUNDS_US.len());
        self.latency[place].fetch_add(1, Ordering::Relaxed);
        self.latency_sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Every counter that has counted, with profile and outcome.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&str, Outcome, u64)> {
        let refused = Reason::ALL.iter().map(|reason| Outcome::Refused(*reason));
        let outcomes: Vec<_> = std::iter::once(Outcome::Accepted).chain(refused).collect();
        self.profiles.iter().flat_map(move |profile| {
            let counts = profile.counts.iter().map(|count| count.load(Ordering::Relaxed));
            let known = outcomes.clone().into_iter().zip(counts);
            let known: Vec<_> = known.filter(|(_, count)| *count > 0).collect();
            known.into_iter().map(|(outcome, count)| (profile.name.as_str(), outcome, count))
        })
    }

    /// Answers in each of the histogram's buckets, the last without bound, and seconds in all.
    pub(super) fn latency(&self) -> (Vec<u64>, f64) {
        let counts = self.latency.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        (counts, Duration::from_micros(self.latency_sum_us.load(Ordering::Relaxed)).as_secs_f64())
    }
}
