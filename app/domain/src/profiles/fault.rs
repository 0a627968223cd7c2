//! What is wrong in profiles' files, and where.

use std::fmt;

use super::place::Place;

/// Something wrong in a file, for whoever writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// None where the file as a whole is meant.
    pub line: Option<usize>,
    /// Such as `collections[0].path`; empty where none is meant.
    pub field: String,
    pub what: String,
}

impl Fault {
    pub(super) fn of_file(file: &str, what: impl fmt::Display) -> Self {
        let what = what.to_string();
        Self { file: file.to_owned(), line: None, field: String::new(), what }
    }

    pub(super) fn at(file: &str, text: &str, place: &Place, what: &str) -> Self {
        Self {
            file: file.to_owned(),
            line: Some(place.line(text)),
            field: place.to_string(),
            what: what.to_owned(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// All that is wrong, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.0.iter().enumerate() {
            let line_break = if number == 0 { "" } else { "\n" };
            write!(f, "{line_break}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
