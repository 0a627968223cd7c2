//! A file of comma-separated values beneath a line of headings.

use domain::whole_file;
use std::path::Path;

use crate::{Failure, Result};

/// The longest file of keys or people, in bytes.
pub const FILE_MAX: u64 = 64 * 1024 * 1024;

/// What such a file may hold.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Headings, in any order.
    pub columns: &'static [&'static str],
    /// How many of these, from the first, must be there.
    pub needed: usize,
    /// More lines than this belong into several files.
    pub most: usize,
    /// Whether a file without headings would show its secrets in a complaint about them.
    pub secret: bool,
}

/// A line's values by column; nothing where the column is missing.
#[derive(Debug)]
pub struct Line<'a> {
    columns: &'a [&'static str],
    record: csv::StringRecord,
}

impl Line<'_> {
    pub fn value(&self, name: &str) -> String {
        let place = self.columns.iter().position(|column| *column == name);
        place.and_then(|place| self.record.get(place)).unwrap_or_default().to_owned()
    }
}

impl Table {
    /// The lines with their numbers, the headings' being 1.
    pub fn read<T>(self, path: &Path, make: impl Fn(&Line<'_>) -> T) -> Result<Vec<(u64, T)>> {
        let name = path.display().to_string();
        let failed = |error: csv::Error| Failure::new(format!("{name}: {}", in_words(&error)));
        let bytes =
            whole_file::read(path, FILE_MAX).map_err(|error| Failure::because(&name, error))?;
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
        let columns = self
            .headings(reader.headers().map_err(failed)?)
            .map_err(|problem| Failure::new(format!("{name}, line 1: {problem}")))?;
        let mut lines = Vec::new();
        for record in reader.records() {
            let record = record.map_err(failed)?;
            if lines.len() == self.most {
                let most = self.most;
                return Err(Failure::new(format!(
                    "{name}: more than {most} lines; use several files"
                )));
            }
            let number = record.position().map_or(0, csv::Position::line);
            lines.push((number, make(&Line { columns: &columns, record })));
        }
        if lines.is_empty() {
            return Err(Failure::new(format!("{name}: there are no lines beneath the headings")));
        }
        Ok(lines)
    }

    /// Which column each place holds.
    fn headings(self, headings: &csv::StringRecord) -> Result<Vec<&'static str>, String> {
        let mut columns = Vec::new();
        for (place, heading) in headings.iter().enumerate() {
            // Spreadsheets put a mark before the first one.
            let heading = heading.trim_start_matches('\u{FEFF}').to_ascii_lowercase();
            let known = self.columns.iter().copied().find(|column| *column == heading);
            let column = known.ok_or_else(|| {
                let known = self.columns.join(", ");
                if self.secret {
                    format!("the heading of column {} is none of {known}", place + 1)
                } else {
                    format!("there is no column {heading:?}; known are {known}")
                }
            })?;
            if columns.contains(&column) {
                return Err(format!("the column {column} is there twice"));
            }
            columns.push(column);
        }
        match self.columns[..self.needed].iter().find(|column| !columns.contains(column)) {
            Some(missing) => Err(format!("the column {missing} is missing")),
            None => Ok(columns),
        }
    }
}

fn in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => format!(
            "line {}: it has {len} columns, and the headings have {expected_len}",
            pos.as_ref().map_or(0, csv::Position::line)
        ),
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("line {}: it is not UTF-8", pos.as_ref().map_or(0, csv::Position::line))
        }
        _ => error.to_string(),
    }
}
