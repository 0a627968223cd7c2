//! README.md beside this file names only tests that there are, and every documented request.

use std::collections::BTreeSet;
use std::path::Path;

use super::documents::{DOCUMENTS, Documents};
use crate::support::{Result, fail};

const README: &str = include_str!("README.md");

/// The rows' second column: a file, and what is in it.
fn rows() -> Result<Vec<(&'static str, &'static str)>> {
    let rows = README.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| State"));
    rows.map(|row| {
        let held = row.trim_end_matches(" |").rsplit_once(" | ").map(|(_, held)| held);
        let parts = held.and_then(|held| held.split_once("` › "));
        let parts = parts.and_then(|(file, name)| Some((file.strip_prefix('`')?, name)));
        parts.map_or_else(|| fail(format!("no test in the row {row}")), Ok)
    })
    .collect()
}

#[test]
fn every_row_names_a_test_that_there_is() -> Result {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut requests = BTreeSet::new();
    for (file, name) in rows()? {
        if let Some(vendor) = file.strip_prefix("documents/") {
            requests.insert((vendor.trim_end_matches(".toml").to_owned(), name.to_owned()));
            continue;
        }
        let text = std::fs::read_to_string(root.join(file))?;
        let is_there = match file.rsplit_once('.') {
            Some((_, "rs")) => text.contains(&format!("fn {name}(")),
            _ => text.contains(&format!("test('{name}'")),
        };
        assert!(is_there, "{file} has no test {name:?}");
    }
    let mut known = BTreeSet::new();
    for (vendor, text) in DOCUMENTS {
        let exchanges = Documents::parse(text)?.exchanges;
        known.extend(exchanges.into_iter().map(|exchange| (vendor.to_owned(), exchange.name)));
    }
    let absent: Vec<_> = requests.difference(&known).collect();
    assert!(absent.is_empty(), "no such requests: {absent:?}");
    assert!(requests.len() >= 40, "{}", requests.len());
    Ok(())
}
