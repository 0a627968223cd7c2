//! What the addresses of logs have in common: filters, and a place in the log.

use std::str::FromStr;
use time::Date;
use time::macros::format_description;

use crate::ui::FieldMessage;

/// Beside a day that cannot be understood.
pub const DAY_HINT: &str = "Enter a day as 2026-03-01";

/// Names and values for an address.
pub type Pairs<'a, const COUNT: usize> = [(&'static str, &'a str); COUNT];

/// Whether they leave anything out.
pub fn is_narrow<const COUNT: usize>(pairs: &Pairs<'_, COUNT>) -> bool {
    pairs.iter().any(|(_, value)| !value.is_empty())
}

/// The same with a place.
pub fn at_place<'a, const COUNT: usize>(
    pairs: &Pairs<'a, COUNT>,
    name: &'static str,
    place: &'a str,
) -> Vec<(&'static str, &'a str)> {
    let mut pairs = pairs.to_vec();
    pairs.push((name, place));
    pairs
}

/// Nothing typed is nothing asked for; what cannot be understood gets a message and is left out.
pub fn parsed<T: FromStr>(
    text: &str,
    field: &'static str,
    message: &str,
    messages: &mut Vec<FieldMessage>,
) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let value = text.parse().ok();
    if value.is_none() {
        messages.push(FieldMessage::new(field, message.to_owned()));
    }
    value
}

/// A day as it is typed.
pub struct Day(pub Date);

impl FromStr for Day {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
        // Clocks of other centuries are nobody's business here.
        day.ok().filter(|day| (2000..2200).contains(&day.year())).map(Self).ok_or(())
    }
}
