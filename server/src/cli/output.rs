//! What commands print. Output that nobody reads any more is no reason to complain; output that cannot
//! be written is.

use domain::error::{BrokenLine, FieldError};
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

static LOST: AtomicBool = AtomicBool::new(false);

/// Whether something that was to be printed is lost: the disk may be full.
pub fn is_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Prints the text as it is.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if printed.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// The same for what is told only once: a reader that is gone has lost it.
pub fn print_once(text: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        LOST.store(true, Ordering::Relaxed);
    }
}

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
    print(&format!("{line}\n"));
}

/// Columns as wide as they need to be; the first row is that of the headings.
pub fn print_columns<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) {
    let width = |place: usize| {
        rows.iter().filter_map(|row| row.get(place)).map(|text| text.chars().count()).max()
    };
    let widths: Vec<usize> = (0..COLUMNS).map(|place| width(place).unwrap_or(0)).collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    });
    print(&lines.collect::<String>());
}
