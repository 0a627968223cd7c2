//! A stretch of time in bars, as clocks in a time zone show it.

use time::{Date, Duration, OffsetDateTime};

use super::Range;
use crate::zone::Zone;

/// The most days that can be asked for.
pub const DAYS_MAX: i64 = 366;
/// Days up to which there is a bar for each hour.
const HOURLY_DAYS: i64 = 2;

/// The width of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Minute,
    Hour,
    /// From midnight to midnight, which may be 23 or 25 hours.
    Day,
}

/// Bars without gaps between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    pub unit: Unit,
    /// Where each bar begins, and where the last one ends.
    pub bounds: Vec<OffsetDateTime>,
    /// Where the period before begins, which ends where this one begins.
    pub before: OffsetDateTime,
}

impl Period {
    /// The range that ends with the bar of this moment.
    pub fn last(range: Range, now: OffsetDateTime, zone: &Zone) -> Self {
        let days = match range {
            Range::Hour => return Self::steps(Unit::Minute, Duration::MINUTE, 60, now),
            Range::Day => return Self::steps(Unit::Hour, Duration::HOUR, 24, now),
            Range::Week => 7,
            Range::Month => 30,
            Range::Quarter => 90,
        };
        let today = zone.local(now).at.date();
        Self::days(today - Duration::days(days - 1), today, zone)
    }

    /// Whole days, the last one included.
    pub fn days(from: Date, to: Date, zone: &Zone) -> Self {
        let days = (to - from).whole_days() + 1;
        let midnight = |day: i64| zone.midnight(from.saturating_add(Duration::days(day)));
        let before = midnight(-days);
        let bounds: Vec<_> = (0..=days).map(midnight).collect();
        match bounds.as_slice() {
            [first, .., end] if days <= HOURLY_DAYS => {
                let hours = (*end - *first).whole_hours();
                let bounds = (0..=hours).map(|hour| *first + Duration::hours(hour)).collect();
                Self { unit: Unit::Hour, bounds, before }
            }
            _ => Self { unit: Unit::Day, bounds, before },
        }
    }

    fn steps(unit: Unit, step: Duration, count: i32, now: OffsetDateTime) -> Self {
        let into = now.unix_timestamp().rem_euclid(step.whole_seconds());
        let floor = now - Duration::seconds(into);
        let floor = floor.replace_nanosecond(0).unwrap_or(floor);
        let first = floor - step * (count - 1);
        let bounds = (0..=count).map(|number| first + step * number).collect();
        Self { unit, bounds, before: first - step * count }
    }

    pub fn start(&self) -> OffsetDateTime {
        self.bounds.first().copied().unwrap_or(self.before)
    }

    pub fn end(&self) -> OffsetDateTime {
        self.bounds.last().copied().unwrap_or(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn days_are_as_long_as_clocks_say() {
        let berlin = Zone::named("Europe/Berlin");
        let period = Period::days(date!(2026 - 03 - 28), date!(2026 - 03 - 30), &berlin);
        let hours: Vec<_> =
            period.bounds.windows(2).map(|pair| (pair[1] - pair[0]).whole_hours()).collect();
        assert_eq!(hours, [24, 23, 24]);
        assert_eq!(period.start(), datetime!(2026-03-27 23:00 UTC));
        assert_eq!(period.before, datetime!(2026-03-24 23:00 UTC));
        let autumn = Period::days(date!(2026 - 10 - 25), date!(2026 - 10 - 25), &berlin);
        assert_eq!((autumn.unit, autumn.bounds.len()), (Unit::Hour, 26));
        let kolkata = Zone::named("Asia/Kolkata");
        let now = datetime!(2026-03-28 18:45 UTC);
        let week = Period::last(Range::Week, now, &kolkata);
        // It is the 29th there already.
        assert_eq!(week.end(), datetime!(2026-03-29 18:30 UTC));
        assert_eq!(week.bounds.len(), 8);
    }

    #[test]
    fn the_last_bar_holds_now() {
        let now = datetime!(2026-03-01 10:30:59.5 UTC);
        for range in Range::ALL {
            let bounds = Period::last(range, now, &Zone::utc()).bounds;
            let [.., start, end] = bounds.as_slice() else { panic!("{range:?}") };
            assert!(*start <= now && now < *end, "{range:?}");
        }
        let hour = Period::last(Range::Hour, now, &Zone::utc());
        assert_eq!(hour.start(), datetime!(2026-03-01 09:31 UTC));
        assert_eq!(hour.before, datetime!(2026-03-01 08:31 UTC));
    }
}
