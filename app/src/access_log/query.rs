//! What the log's address asks for.

use domain::access_log::list::{Ended, Filter, Place};
use domain::ids::KeyId;
use domain::zone::Zone;
use std::net::IpAddr;
use std::str::FromStr;
use uuid::Uuid;

use crate::log_query::{DAY_HINT, Day, at_place, is_narrow, parsed};
use crate::ui::FieldMessage;

/// The names and values behind the `?`, as typed.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    pub key: String,
    pub ended: String,
    pub ip: String,
    pub from: String,
    pub to: String,
    pub before: String,
    pub after: String,
}

impl LogQuery {
    /// Reads each value by its name.
    pub fn read(value: impl Fn(&str) -> String) -> Self {
        Self {
            key: value("key"),
            ended: value("ended"),
            ip: value("ip"),
            from: value("from"),
            to: value("to"),
            before: value("before"),
            after: value("after"),
        }
    }

    /// What can be understood of it, and what to say of the rest.
    pub fn filter(&self, zone: &Zone) -> (Filter, Vec<FieldMessage>) {
        let mut messages = Vec::new();
        let key = parsed(&self.key, "key", "Choose a key of the list", &mut messages);
        let ip: Option<IpAddr> =
            parsed(&self.ip, "ip", "Enter an address as 192.0.2.7 or 2001:db8::7", &mut messages);
        let from: Option<Day> = parsed(&self.from, "from", DAY_HINT, &mut messages);
        let to: Option<Day> = parsed(&self.to, "to", DAY_HINT, &mut messages);
        let place = match (self.before.parse::<Uuid>(), self.after.parse::<Uuid>()) {
            (Ok(id), _) => Place::Before(id),
            (_, Ok(id)) => Place::After(id),
            _ => Place::Newest,
        };
        let filter = Filter {
            key: key.map(|Id(key)| key),
            ended: Ended::named(self.ended.trim()),
            ip,
            from: from.map(|Day(day)| zone.midnight(day)),
            until: to.and_then(|Day(day)| day.next_day()).map(|day| zone.midnight(day)),
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
            ("key", &self.key),
            ("ended", &self.ended),
            ("ip", &self.ip),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    /// The same with a place.
    pub fn pairs_at<'a>(&'a self, name: &'static str, id: &'a str) -> Vec<(&'static str, &'a str)> {
        at_place(&self.pairs(), name, id)
    }
}

struct Id(KeyId);

impl FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_understood_is_said_and_left_out() {
        let query = LogQuery {
            ip: " 192.0.2.7 ".to_owned(),
            from: "yesterday".to_owned(),
            key: "x".to_owned(),
            ended: "out_of_scope".to_owned(),
            ..LogQuery::default()
        };
        let (filter, messages) = query.filter(&Zone::utc());
        assert_eq!(filter.ip, "192.0.2.7".parse().ok());
        assert_eq!((filter.key, filter.from), (None, None));
        assert_eq!(filter.ended.map(Ended::as_str), Some("out_of_scope"));
        let fields: Vec<_> = messages.iter().map(|message| message.field.as_str()).collect();
        assert_eq!(fields, ["key", "from"]);
    }
}
