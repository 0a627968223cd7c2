//! Where something stands in a profile's file: the way to a field, and its line.

use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The way to a field, from the top of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Item(usize),
}

impl Place {
    pub fn of(field: &str) -> Self {
        Self::default().field(field)
    }

    pub fn field(&self, name: &str) -> Self {
        self.with(Step::Field(name.to_owned()))
    }

    pub fn item(&self, number: usize) -> Self {
        self.with(Step::Item(number))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The line of this text that it stands on; of what is missing, that of what it is missing in.
    pub fn line(&self, text: &str) -> usize {
        let Ok(table) = DeTable::parse(text) else { return 1 };
        let mut at = 0;
        let whole = DeValue::Table(table.into_inner());
        let mut value = &whole;
        for step in &self.0 {
            let next = match (step, value) {
                (Step::Field(name), DeValue::Table(table)) => table
                    .iter()
                    .find(|(key, _)| key.get_ref().as_ref() == name)
                    .map(|(key, value)| (key.span().start, value)),
                (Step::Item(number), DeValue::Array(items)) => {
                    items.get(*number).map(|item| (item.span().start, item))
                }
                _ => None,
            };
            let Some((start, next)) = next else { break };
            (at, value) = (start, next.get_ref());
        }
        line_at(text, at)
    }

    /// The innermost field that this byte of the text belongs to.
    pub fn at(text: &str, offset: usize) -> Self {
        let mut best = (usize::MAX, Self::default());
        // What is not TOML at all has fields, too, as far as they can be told.
        let (table, _) = DeTable::parse_recoverable(text);
        look(table.get_ref(), &Self::default(), offset, &mut best);
        best.1
    }
}

/// Looks for the shortest stretch of text around the offset.
fn look(table: &DeTable<'_>, place: &Place, offset: usize, best: &mut (usize, Place)) {
    for (key, value) in table {
        let place = place.field(key.get_ref());
        consider(key.span(), &place, offset, best);
        look_at_value(value, &place, offset, best);
    }
}

fn look_at_value(
    value: &Spanned<DeValue<'_>>,
    place: &Place,
    offset: usize,
    best: &mut (usize, Place),
) {
    consider(value.span(), place, offset, best);
    match value.get_ref() {
        DeValue::Table(table) => look(table, place, offset, best),
        DeValue::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                look_at_value(item, &place.item(number), offset, best);
            }
        }
        _ => {}
    }
}

fn consider(span: std::ops::Range<usize>, place: &Place, offset: usize, best: &mut (usize, Place)) {
    if span.contains(&offset) && span.len() < best.0 {
        *best = (span.len(), place.clone());
    }
}

/// The number of the line that this byte stands on.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    text.as_bytes()[..end].split(|byte| *byte == b'\n').count()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Item(number) => write!(f, "[{number}]")?,
                Step::Field(name) => {
                    let dot = if number == 0 { "" } else { "." };
                    if name.contains('.') {
                        write!(f, "{dot}{name:?}")?;
                    } else {
                        write!(f, "{dot}{name}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
