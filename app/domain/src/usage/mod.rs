//! Usage: how often each key was presented, and how that ended. Counted in memory, written each
//! second, exactly once.

#[cfg(feature = "server")]
mod counted;
#[cfg(feature = "server")]
pub mod endpoints;
#[cfg(feature = "server")]
pub mod flush;
#[cfg(feature = "server")]
mod groups;
#[cfg(feature = "server")]
mod journal;
#[cfg(feature = "server")]
pub mod levels;
#[cfg(feature = "server")]
mod measured;
#[cfg(feature = "server")]
pub mod outcomes;
#[cfg(feature = "server")]
pub mod period;
#[cfg(feature = "server")]
mod recorder;
#[cfg(feature = "server")]
pub mod report;
#[cfg(feature = "server")]
pub mod series;
#[cfg(feature = "server")]
mod stretches;
#[cfg(feature = "server")]
pub mod totals;
#[cfg(feature = "server")]
mod words;

#[cfg(feature = "server")]
pub use journal::Journal;
#[cfg(feature = "server")]
pub use measured::Answered;
#[cfg(feature = "server")]
pub use recorder::Recorder;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// The stretches of time that graphs show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
}

impl Range {
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// As it stands in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    /// The range of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.as_str() == name)
    }

    /// The width of one bar. Each divides a UTC day, so bars start at round times.
    pub fn step(self) -> Duration {
        match self {
            Self::Hour => Duration::MINUTE,
            Self::Day => Duration::HOUR,
            Self::Week => Duration::HOUR * 6,
            Self::Month | Self::Quarter => Duration::DAY,
        }
    }

    /// How many bars there are; the last one holds `now`.
    pub fn steps(self) -> i32 {
        match self {
            Self::Hour => 60,
            Self::Day => 24,
            Self::Week => 28,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// The start of the first bar.
    pub fn start(self, now: OffsetDateTime) -> OffsetDateTime {
        self.floor(now) - self.step() * (self.steps() - 1)
    }

    /// The start of the bar that holds `at`.
    pub fn floor(self, at: OffsetDateTime) -> OffsetDateTime {
        let into = at.unix_timestamp().rem_euclid(self.step().whole_seconds());
        let floor = at - Duration::seconds(into);
        floor.replace_nanosecond(0).unwrap_or(floor)
    }

    /// A bucket for each step from `start` on, empty ones too, oldest first.
    pub fn fill(
        self,
        start: OffsetDateTime,
        counted: impl IntoIterator<Item = Counted>,
    ) -> Vec<Bucket> {
        let empty = |step| Bucket { start: start + self.step() * step, accepted: 0, refused: 0 };
        let mut buckets: Vec<_> = (0..self.steps()).map(empty).collect();
        for (at, accepted, refused) in counted {
            let step = (at - start).whole_seconds() / self.step().whole_seconds();
            let bucket = usize::try_from(step).ok().and_then(|step| buckets.get_mut(step));
            if let Some(bucket) = bucket {
                bucket.accepted += accepted;
                bucket.refused += refused;
            }
        }
        buckets
    }
}

/// When, how many accepted, how many refused.
pub type Counted = (OffsetDateTime, i64, i64);

/// One bar of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    pub start: OffsetDateTime,
    pub accepted: i64,
    pub refused: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_last_bar_holds_now() {
        let now = datetime!(2026-03-01 10:30:59.5 UTC);
        assert_eq!(Range::Hour.start(now), datetime!(2026-03-01 09:31 UTC));
        assert_eq!(Range::Day.start(now), datetime!(2026-02-28 11:00 UTC));
        assert_eq!(Range::Week.floor(now), datetime!(2026-03-01 06:00 UTC));
        assert_eq!(Range::Month.start(now), datetime!(2026-01-31 00:00 UTC));
        for range in Range::ALL {
            let last = range.start(now) + range.step() * (range.steps() - 1);
            assert!(last <= now && now < last + range.step(), "{range:?}");
        }
    }
}
