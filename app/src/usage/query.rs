//! What the usage page's address asks for.

use domain::usage::Range;
use domain::usage::period::{DAYS_MAX, Period};
use domain::usage::report::By;
use domain::zone::Zone;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::ui::FieldMessage;

/// In the place of a range's name: the days beside it say what is wanted.
pub const CUSTOM: &str = "custom";

/// The names and values behind the `?`, as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct UsageQuery {
    pub range: String,
    pub from: String,
    pub to: String,
    pub by: String,
    /// The range of the page whose form was sent.
    pub was: String,
}

impl UsageQuery {
    /// Reads each value by its name.
    pub fn read(value: impl Fn(&str) -> String) -> Self {
        Self {
            range: value("range"),
            from: value("from"),
            to: value("to"),
            by: value("by"),
            was: value("was"),
        }
    }

    pub fn by(&self) -> By {
        By::named(&self.by).unwrap_or_default()
    }

    /// The range, where none of one's own days are asked for. Whoever types days into a form that had
    /// none wants them, whatever stands beside them.
    pub fn range(&self) -> Option<Range> {
        let typed = !self.from.trim().is_empty() && !self.to.trim().is_empty();
        let custom = self.range == CUSTOM || (typed && self.was != CUSTOM);
        (!custom).then(|| Range::named(&self.range).unwrap_or(Range::Week))
    }

    /// The period, and what to say of days that make none: then it is the last week.
    pub fn period(&self, now: OffsetDateTime, zone: &Zone) -> (Period, Vec<FieldMessage>) {
        if let Some(range) = self.range() {
            return (Period::last(range, now, zone), Vec::new());
        }
        match self.days() {
            Ok((from, to)) => (Period::days(from, to, zone), Vec::new()),
            Err(messages) => (Period::last(Range::Week, now, zone), messages),
        }
    }

    fn days(&self) -> Result<(Date, Date), Vec<FieldMessage>> {
        let (from, to) = (day(&self.from), day(&self.to));
        let (Some(from), Some(to)) = (from, to) else {
            let wanted = || "Enter a day as 2026-03-01".to_owned();
            let wrong = [("from", from), ("to", to)].into_iter().filter(|(_, day)| day.is_none());
            return Err(wrong.map(|(field, _)| FieldMessage::new(field, wanted())).collect());
        };
        let message = match (to - from).whole_days() {
            ..0 => "This is before the first day".to_owned(),
            DAYS_MAX.. => format!("Ask for {DAYS_MAX} days at most"),
            _ => return Ok((from, to)),
        };
        Err(vec![FieldMessage::new("to", message)])
    }

    /// For an address.
    pub fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("range", &self.range),
            ("from", &self.from),
            ("to", &self.to),
            ("by", &self.by),
            ("was", &self.was),
        ]
    }
}

fn day(text: &str) -> Option<Date> {
    let day = Date::parse(text.trim(), format_description!("[year]-[month]-[day]")).ok();
    // Clocks of other centuries are nobody's business here.
    day.filter(|day| (2000..2200).contains(&day.year()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn days_that_make_no_period_are_said() {
        let now = datetime!(2026-03-01 10:30 UTC);
        let wrong = |from: &str, to: &str| {
            let query = UsageQuery {
                range: CUSTOM.to_owned(),
                from: from.to_owned(),
                to: to.to_owned(),
                ..UsageQuery::default()
            };
            let (period, messages) = query.period(now, &Zone::utc());
            let fields = messages.iter().map(|message| message.field.clone());
            (period.bounds.len() - 1, fields.collect::<Vec<_>>())
        };
        assert_eq!(wrong("2026-02-01", "2026-02-10"), (10, vec![]));
        assert_eq!(wrong("2026-02-10", "2026-02-01"), (7, vec!["to".to_owned()]));
        assert_eq!(wrong("2026-02-10", "2028-02-01"), (7, vec!["to".to_owned()]));
        assert_eq!(wrong("", "0001-01-01"), (7, vec!["from".to_owned(), "to".to_owned()]));
        let query = UsageQuery { range: "nonsense".to_owned(), ..UsageQuery::default() };
        assert_eq!(query.range(), Some(Range::Week));
    }

    #[test]
    fn days_that_were_just_typed_are_wanted() {
        let sent = |was: &str, from: &str| {
            let (range, to) = ("7d".to_owned(), "2026-02-10".to_owned());
            UsageQuery {
                range,
                from: from.to_owned(),
                to,
                was: was.to_owned(),
                ..UsageQuery::default()
            }
        };
        assert_eq!(sent("7d", "2026-02-01").range(), None);
        assert_eq!(sent(CUSTOM, "2026-02-01").range(), Some(Range::Week), "the range was chosen");
        assert_eq!(sent("7d", " ").range(), Some(Range::Week));
    }
}
