//! Time zones, by their IANA names. The rules are compiled in, so every node tells the same time.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use time::{OffsetDateTime, UtcOffset};

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
    /// What people there call the offset: `CEST`, or `+0545` where it has no name.
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

    pub fn local(&self, at: OffsetDateTime) -> Local {
        // Years beyond what a clock shows read as UTC.
        let moment = Timestamp::from_second(at.unix_timestamp()).unwrap_or_default();
        let info = self.rules.to_offset_info(moment);
        let offset = UtcOffset::from_whole_seconds(info.offset().seconds());
        Local {
            at: at.to_offset(offset.unwrap_or(UtcOffset::UTC)),
            abbreviation: info.abbreviation().to_owned(),
        }
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
        assert_eq!(told("Nowhere/At_All", datetime!(2026-03-29 18:30 UTC)), "18:30 UTC");
        assert_eq!(Zone::named("Nowhere/At_All").name(), "UTC");
    }
}
