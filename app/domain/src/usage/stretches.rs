//! From which level a period is read: the coarsest that tells its bars apart, or, where that is no
//! longer kept, the finest that is. As one, it is read from as few rows as can be.

use time::{Duration, OffsetDateTime};

use super::levels::KeptSince;
use super::period::{Period, Unit};

const DAY: Duration = Duration::DAY;
const HOUR: Duration = Duration::HOUR;
/// By how much nodes' clocks may differ.
const SKEW: Duration = Duration::minutes(5);

/// Stretches without gaps or overlaps, as arrays for one statement each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stretches {
    /// `minutes`, `hours` or `days`.
    pub levels: Vec<String>,
    pub starts: Vec<OffsetDateTime>,
    pub ends: Vec<OffsetDateTime>,
    /// Whether a bar begins within what is counted as one: it all counts where it begins.
    pub coarse: Vec<bool>,
    /// 1, or -1 for what was counted with something longer and does not belong to it.
    pub signs: Vec<i64>,
}

impl Stretches {
    /// Of the bars that the period has.
    pub(super) fn of(period: &Period, kept: KeptSince) -> Self {
        let (start, end) = (period.start(), period.end());
        let mut stretches = Self::default();
        if period.unit == Unit::Minute {
            stretches.push("minutes", start, end, false);
            return stretches;
        }
        let mut day = floor(start, DAY);
        while day < end {
            if is_whole(period, day, DAY) {
                stretches.push("days", day, day + DAY, false);
            } else if is_kept(kept.hours, day) {
                stretches.push_hours(period, day, kept);
            } else if day >= start {
                stretches.push("days", day, day + DAY, true);
            }
            day += DAY;
        }
        stretches
    }

    /// Of the period as one bar, as it is `now`.
    pub(super) fn of_whole(period: &Period, kept: KeptSince, now: OffsetDateTime) -> Self {
        let (start, mut end) = (period.start(), period.end());
        if period.unit == Unit::Minute {
            return Self::between(start, end, period, kept);
        }
        // Nothing is counted yet of what is to come.
        if end > now + SKEW {
            end = floor(end - Duration::NANOSECOND, DAY) + DAY;
        }
        let midnight = floor(start, DAY);
        let is_early = midnight < start && start - midnight < DAY / 2;
        if !is_early || end < midnight + DAY || !is_kept(kept.hours, midnight) {
            return Self::between(start, end, period, kept);
        }
        // Most of its first day: the day, without the hours until it begins.
        let mut whole = Self::between(midnight, end, period, kept);
        let mut before = Self::between(midnight, start, period, kept);
        before.signs.iter_mut().for_each(|sign| *sign = -1);
        whole.levels.append(&mut before.levels);
        whole.starts.append(&mut before.starts);
        whole.ends.append(&mut before.ends);
        whole.coarse.append(&mut before.coarse);
        whole.signs.append(&mut before.signs);
        whole
    }

    fn between(
        start: OffsetDateTime,
        end: OffsetDateTime,
        period: &Period,
        kept: KeptSince,
    ) -> Self {
        Self::of(&Period { bounds: vec![start, end], ..period.clone() }, kept)
    }

    fn push_hours(&mut self, period: &Period, day: OffsetDateTime, kept: KeptSince) {
        let (start, end) = (period.start(), period.end());
        let first = day.max(floor(start, HOUR));
        for number in 0..24 {
            let hour = first + HOUR * number;
            if hour >= end || hour >= day + DAY {
                break;
            }
            if is_whole(period, hour, HOUR) {
                self.push("hours", hour, hour + HOUR, false);
            } else if is_kept(kept.minutes, hour) {
                self.push("minutes", hour.max(start), (hour + HOUR).min(end), false);
            } else if hour >= start {
                self.push("hours", hour, hour + HOUR, true);
            }
        }
    }

    fn push(&mut self, level: &str, start: OffsetDateTime, end: OffsetDateTime, coarse: bool) {
        let same = self.levels.last().is_some_and(|last| last == level)
            && self.coarse.last() == Some(&coarse);
        match self.ends.last_mut() {
            Some(last) if same && *last == start => *last = end,
            _ => {
                self.levels.push(level.to_owned());
                self.starts.push(start);
                self.ends.push(end);
                self.coarse.push(coarse);
                self.signs.push(1);
            }
        }
    }
}

fn is_kept(since: Option<OffsetDateTime>, at: OffsetDateTime) -> bool {
    since.is_some_and(|since| since <= at)
}

/// Whether all of it lies within one bar.
fn is_whole(period: &Period, start: OffsetDateTime, width: Duration) -> bool {
    let end = start + width;
    let begun = period.bounds.partition_point(|bound| *bound <= start);
    let next = period.bounds.get(begun);
    begun > 0 && next.is_some_and(|next| *next >= end)
}

fn floor(at: OffsetDateTime, width: Duration) -> OffsetDateTime {
    let into = at.unix_timestamp().rem_euclid(width.whole_seconds());
    let floor = at - Duration::seconds(into);
    floor.replace_nanosecond(0).unwrap_or(floor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::Zone;
    use time::macros::{date, datetime};

    const ALL: Option<OffsetDateTime> = Some(OffsetDateTime::UNIX_EPOCH);

    /// `level start end`, with a mark where it is coarse.
    fn told(period: &Period, kept: KeptSince) -> Vec<String> {
        in_words(&Stretches::of(period, kept))
    }

    fn in_words(stretches: &Stretches) -> Vec<String> {
        let of = |number: usize| {
            let at =
                |at: OffsetDateTime| format!("{:02}T{:02}:{:02}", at.day(), at.hour(), at.minute());
            let mark = match (stretches.coarse[number], stretches.signs[number]) {
                (true, _) => "~",
                (false, -1) => "-",
                (false, _) => "",
            };
            let (start, end) = (stretches.starts[number], stretches.ends[number]);
            format!("{mark}{} {} {}", stretches.levels[number], at(start), at(end))
        };
        (0..stretches.levels.len()).map(of).collect()
    }

    fn days(zone: &str) -> Period {
        Period::days(date!(2026 - 03 - 10), date!(2026 - 03 - 12), &Zone::named(zone))
    }

    #[test]
    fn bars_are_read_as_coarsely_as_they_can_be() {
        let kept = KeptSince { minutes: ALL, hours: ALL };
        assert_eq!(told(&days("UTC"), kept), ["days 10T00:00 13T00:00"]);
        assert_eq!(told(&days("Asia/Tokyo"), kept), ["hours 09T15:00 12T15:00"]);
        assert_eq!(
            told(&days("Asia/Kolkata"), kept),
            [
                "minutes 09T18:30 09T19:00",
                "hours 09T19:00 10T18:00",
                "minutes 10T18:00 10T19:00",
                "hours 10T19:00 11T18:00",
                "minutes 11T18:00 11T19:00",
                "hours 11T19:00 12T18:00",
                "minutes 12T18:00 12T18:30",
            ]
        );
        // A sum of the same days needs hours at both ends only.
        let three = days("Asia/Tokyo");
        let sum = Period { bounds: vec![three.start(), three.end()], ..three };
        assert_eq!(
            told(&sum, kept),
            ["hours 09T15:00 10T00:00", "days 10T00:00 12T00:00", "hours 12T00:00 12T15:00"]
        );
    }

    #[test]
    fn as_one_it_is_read_from_the_fewest_rows() {
        let kept = KeptSince { minutes: ALL, hours: ALL };
        let whole = |zone, now| in_words(&Stretches::of_whole(&days(zone), kept, now));
        let (during, after) = (datetime!(2026-03-12 09:00 UTC), datetime!(2026-03-14 09:00 UTC));
        assert_eq!(whole("UTC", during), ["days 10T00:00 13T00:00"]);
        assert_eq!(
            whole("Asia/Tokyo", during),
            ["hours 09T15:00 10T00:00", "days 10T00:00 13T00:00"]
        );
        assert_eq!(
            whole("Asia/Tokyo", after),
            ["hours 09T15:00 10T00:00", "days 10T00:00 12T00:00", "hours 12T00:00 12T15:00"]
        );
        assert_eq!(
            whole("America/New_York", during),
            ["days 10T00:00 14T00:00", "-hours 10T00:00 10T04:00"]
        );
        assert_eq!(
            whole("America/St_Johns", during),
            ["days 10T00:00 14T00:00", "-hours 10T00:00 10T02:00", "-minutes 10T02:00 10T02:30"]
        );
        // What is to come soon may have been counted by somebody whose clock is fast.
        let last_minute = datetime!(2026-03-12 14:58 UTC);
        assert_eq!(whole("Asia/Tokyo", last_minute), whole("Asia/Tokyo", after));
    }

    #[test]
    fn what_is_gone_counts_where_it_begins() {
        let minutes = Some(datetime!(2026-03-11 00:00 UTC));
        let kept = KeptSince { minutes, hours: ALL };
        assert_eq!(
            told(&days("Asia/Kolkata"), kept),
            [
                "hours 09T19:00 10T18:00",
                "~hours 10T18:00 10T19:00",
                "hours 10T19:00 11T18:00",
                "minutes 11T18:00 11T19:00",
                "hours 11T19:00 12T18:00",
                "minutes 12T18:00 12T18:30",
            ]
        );
        let kept = KeptSince { minutes: None, hours: Some(datetime!(2026-03-12 00:00 UTC)) };
        assert_eq!(
            told(&days("Asia/Tokyo"), kept),
            ["~days 10T00:00 12T00:00", "hours 12T00:00 12T15:00"]
        );
        assert_eq!(told(&days("UTC"), kept), ["days 10T00:00 13T00:00"]);
    }
}
