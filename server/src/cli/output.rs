//! What commands print. Output that nobody reads any more is no reason to stop.

use domain::error::{BrokenLine, FieldError};
use std::io::Write;

/// For the person who started it, apart from what a program would read.
#[expect(clippy::print_stderr, reason = "for the person who started it, whatever is logged")]
pub fn complain(text: &str) {
    eprintln!("{text}");
}

/// Says what is wrong with a file's lines. `column` is what the file calls a form's field.
pub fn report(broken: &[BrokenLine], lines: usize, column: impl Fn(&'static str) -> &'static str) {
    for BrokenLine { line, error: FieldError { field, rule } } in broken {
        complain(&format!("line {line}, {}: {rule}", column(field)));
    }
    let mut wrong: Vec<_> = broken.iter().map(|broken| broken.line).collect();
    wrong.dedup();
    complain(&format!("{} of {lines} lines cannot be used. Nothing was written.", wrong.len()));
}

pub fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Columns as wide as they need to be; the first row is that of the headings.
pub fn print_columns<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) {
    let width = |place: usize| {
        rows.iter().filter_map(|row| row.get(place)).map(|text| text.chars().count()).max()
    };
    let widths: Vec<usize> = (0..COLUMNS).map(|place| width(place).unwrap_or(0)).collect();
    let mut out = std::io::stdout().lock();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let _ = out.flush();
}
