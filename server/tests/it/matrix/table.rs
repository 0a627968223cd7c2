//! Reading `table.txt`, and telling what is wrong with it.

use app::Route;
use std::fmt::Write;

use super::stage::CALLERS;
use crate::support::{Result, fail};

/// One route with what everybody gets for it.
#[derive(Clone, Debug)]
pub struct Row {
    pub method: String,
    /// With the table's own names in braces: `{test_key}` is a `{key}` too.
    pub path: String,
    /// One for each of [`CALLERS`].
    pub expected: Vec<String>,
    /// The form that is sent, a valid one.
    pub form: String,
}

/// All rows of the table.
pub fn rows() -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for line in include_str!("table.txt").lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with(' ') {
            let Some(row) = rows.last_mut() else { return fail("a form without a route") };
            row.form += line.trim();
            continue;
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (Some(method), Some(path)) = (words.next(), words.next()) else {
            return fail(format!("no route in: {line}"));
        };
        let expected: Vec<_> = words.collect();
        if expected.len() != CALLERS.len() {
            return fail(format!("not {} outcomes in: {line}", CALLERS.len()));
        }
        rows.push(Row { method, path, expected, form: String::new() });
    }
    Ok(rows)
}

impl Row {
    /// A row for a route that the table does not have.
    pub fn unknown(route: &Route) -> Self {
        Self {
            method: route.method.to_string(),
            path: plain(&route.path),
            expected: vec!["?".to_owned(); CALLERS.len()],
            form: String::new(),
        }
    }

    pub fn is_of(&self, route: &Route) -> bool {
        self.method == route.method.as_str() && router_path(&self.path) == plain(&route.path)
    }

    pub fn looks(&self) -> bool {
        self.method == "GET"
    }

    /// The row as a line of the table, with these outcomes in place of the expected ones.
    pub fn line(&self, outcomes: &[String]) -> String {
        let mut line = format!("{:<5}{:<62}", self.method, self.path);
        for outcome in outcomes {
            let _ = write!(line, " {outcome:<10}");
        }
        line.trim_end().to_owned()
    }
}

/// The path with the router's own names.
fn router_path(path: &str) -> String {
    let path = path
        .replace("{owner}", "{user}")
        .replace("{suspended}", "{slug}")
        .replace("{old_text}", "{key}/old/{old}")
        .replace("{disabled_webhook}", "{webhook}")
        .replace("{sent}", "{webhook}/deliveries/{delivery}");
    ["{test_key}", "{disabled_key}", "{disabled_test_key}", "{tested_key}"]
        .iter()
        .fold(path, |path, key| path.replace(key, "{key}"))
}

/// A server function's path without the hash at its end, which changes with the code.
fn plain(path: &str) -> String {
    match path.strip_prefix("/api/") {
        Some(_) => path.trim_end_matches(|last: char| last.is_ascii_digit()).to_owned(),
        None => path.to_owned(),
    }
}

/// The heading of the table as it is printed.
pub fn heading() -> String {
    let row = Row {
        method: "#".to_owned(),
        path: "route".to_owned(),
        expected: Vec::new(),
        form: String::new(),
    };
    row.line(&CALLERS.map(str::to_owned))
}
