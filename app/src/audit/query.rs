//! What the log's address asks for.

use domain::audit::list::{Filter, Place};

use crate::log_query::{DAY_HINT, Day, at_place, is_narrow, parsed};
use crate::ui::FieldMessage;

/// The names and values behind the `?`, as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct LogQuery {
    pub actor: String,
    pub action: String,
    pub target: String,
    pub from: String,
    pub to: String,
    pub before: String,
    pub after: String,
}

impl LogQuery {
    /// Reads each value by its name.
    pub fn read(value: impl Fn(&str) -> String) -> Self {
        Self {
            actor: value("actor"),
            action: value("action"),
            target: value("target"),
            from: value("from"),
            to: value("to"),
            before: value("before"),
            after: value("after"),
        }
    }

    /// What can be understood of it, and what to say of the rest. A person or an action that does
    /// not exist finds nothing.
    pub fn filter(&self) -> (Filter, Vec<FieldMessage>) {
        let mut messages = Vec::new();
        let mut day =
            |field, text: &str| parsed(text, field, DAY_HINT, &mut messages).map(|Day(day)| day);
        let (from, to) = (day("from", &self.from), day("to", &self.to));
        let place = match (self.before.parse(), self.after.parse()) {
            (Ok(seq), _) => Place::Before(seq),
            (_, Ok(seq)) => Place::After(seq),
            _ => Place::Newest,
        };
        let filter = Filter {
            actor: self.actor.parse().ok(),
            action: Some(clean(&self.action)).filter(|action| !action.is_empty()),
            target: clean(&self.target),
            from,
            to,
            place,
        };
        (filter, messages)
    }

    /// Whether it leaves anything out.
    pub fn is_narrow(&self) -> bool {
        is_narrow(&self.pairs())
    }

    /// The filters for an address, without the place.
    pub fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("actor", &self.actor),
            ("action", &self.action),
            ("target", &self.target),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    /// The same with a place.
    pub fn pairs_at<'a>(
        &'a self,
        name: &'static str,
        seq: &'a str,
    ) -> Vec<(&'static str, &'a str)> {
        at_place(&self.pairs(), name, seq)
    }
}

/// PostgreSQL knows no text with a NUL in it.
fn clean(text: &str) -> String {
    text.trim().replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn what_cannot_be_understood_is_said_and_left_out() {
        let query = LogQuery {
            from: "2026-03-01".to_owned(),
            to: "yesterday".to_owned(),
            target: " Ex\0port ".to_owned(),
            before: "12".to_owned(),
            ..LogQuery::default()
        };
        let (filter, messages) = query.filter();
        assert_eq!((filter.from, filter.to), (Some(date!(2026 - 03 - 01)), None));
        assert_eq!(filter.target, "Export");
        assert_eq!(filter.place, Place::Before(12));
        assert_eq!(
            messages.iter().map(|message| message.field.as_str()).collect::<Vec<_>>(),
            ["to"]
        );
        assert!(query.is_narrow());
        assert!(!LogQuery { before: "12".to_owned(), ..LogQuery::default() }.is_narrow());
    }
}
