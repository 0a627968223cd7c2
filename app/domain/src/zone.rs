//! Time zones, by their IANA names. The rules are compiled in, so every node tells the same time.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use time::{Date, OffsetDateTime, UtcOffset};

/// Where somebody reads a clock.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A moment as a clock there shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    pub at: OffsetDateTime,
    /// What people there call the offset: `CEST`, or `+05:45` where it has no name.
    pub abbreviation: String,
}

impl Zone {
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// The zone of that name. Settings offer the database's list; a name that only its list has
    /// reads as UTC, and says so.
    pub fn named(name: &str) -> Self {
        TimeZone::get(name)
            .map_or_else(|_| Self::utc(), |rules| Self { name: name.to_owned(), rules })
    }

    /// `Europe/Berlin`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the day begins there: where clocks go forward at midnight, with the first moment that
    /// they show.
    pub fn midnight(&self, day: Date) -> OffsetDateTime {
        let numbers = (i16::try_from(day.year()), i8::try_from(u8::from(day.month())));
        let civil = match (numbers, i8::try_from(day.day())) {
            ((Ok(year), Ok(month)), Ok(day)) => civil::Date::new(year, month, day).ok(),
            _ => None,
        };
        let there = civil.and_then(|day| day.to_zoned_datetime(self.rules.clone()).ok());
        let seconds = there.map(|there| there.timestamp().as_second());
        let moment = seconds.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        // Years beyond what a calendar shows read as UTC.
        moment.unwrap_or_else(|| day.midnight().assume_utc())
    }

    /// Years beyond what a clock there shows read as UTC.
    pub fn local(&self, at: OffsetDateTime) -> Local {
        self.shown(at).unwrap_or_else(|| Local { at, abbreviation: "UTC".to_owned() })
    }

    fn shown(&self, at: OffsetDateTime) -> Option<Local> {
        let moment = Timestamp::from_second(at.unix_timestamp()).ok()?;
        let info = self.rules.to_offset_info(moment);
        let offset = UtcOffset::from_whole_seconds(info.offset().seconds()).ok()?;
        let at = at.checked_to_offset(offset)?;
        Some(Local { at, abbreviation: legible(info.abbreviation()) })
    }
}

/// Rules write an offset that has no name as `+0545` or `-03`; clocks have a colon.
fn legible(abbreviation: &str) -> String {
    let digits = abbreviation.strip_prefix(['+', '-']);
    match digits.map(str::len) {
        Some(2) => format!("{abbreviation}:00"),
        Some(4) => format!("{}:{}", &abbreviation[..3], &abbreviation[3..]),
        _ => abbreviation.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn clocks_go_forward_and_stand_at_half_hours() {
        let told = |zone: &str, at| {
            let Local { at, abbreviation } = Zone::named(zone).local(at);
            format!("{:02}:{:02} {abbreviation}", at.hour(), at.minute())
        };
        assert_eq!(told("Europe/Berlin", datetime!(2026-03-29 00:59 UTC)), "01:59 CET");
        assert_eq!(told("Europe/Berlin", datetime!(2026-03-29 01:00 UTC)), "03:00 CEST");
        assert_eq!(told("Asia/Kolkata", datetime!(2026-03-29 18:30 UTC)), "00:00 IST");
        assert_eq!(told("Asia/Kathmandu", datetime!(2026-03-29 18:15 UTC)), "00:00 +05:45");
        assert_eq!(told("America/Sao_Paulo", datetime!(2026-03-29 03:00 UTC)), "00:00 -03:00");
        assert_eq!(told("Nowhere/At_All", datetime!(2026-03-29 18:30 UTC)), "18:30 UTC");
        assert_eq!(Zone::named("Nowhere/At_All").name(), "UTC");
        // There it is the year 10000 already.
        assert_eq!(told("Asia/Kolkata", datetime!(9999-12-31 23:59 UTC)), "23:59 UTC");
    }
}
