//! A file of organizations: lines of comma-separated values beneath a line of headings.

use domain::tenants::TenantForm;
use std::path::Path;

use crate::{Failure, Result};

/// The columns, in any order; all but the first three may be missing.
pub const COLUMNS: [&str; 13] = [
    "name",
    "profile",
    "email",
    "slug",
    "plan",
    "environments",
    "external_id",
    "partner_decided_on",
    "partner_reference",
    "partner_signer",
    "baa_decided_on",
    "baa_reference",
    "baa_signer",
];

/// More lines than this belong into several files.
const MOST: usize = 10_000;

/// The lines with their numbers, the headings' being 1.
pub fn read(path: &Path) -> Result<Vec<(u64, TenantForm)>> {
    let name = path.display().to_string();
    let failed = |error: csv::Error| Failure::new(format!("{name}: {}", in_words(&error)));
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(failed)?;
    let columns = columns(reader.headers().map_err(failed)?)
        .map_err(|problem| Failure::new(format!("{name}, line 1: {problem}")))?;
    let mut forms = Vec::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        if forms.len() == MOST {
            return Err(Failure::new(format!("{name}: more than {MOST} lines; use several files")));
        }
        let line = record.position().map_or(0, csv::Position::line);
        forms.push((line, form(&columns, &record)));
    }
    if forms.is_empty() {
        return Err(Failure::new(format!("{name}: there are no lines beneath the headings")));
    }
    Ok(forms)
}

/// Which column each place holds.
fn columns(headings: &csv::StringRecord) -> Result<Vec<&'static str>, String> {
    let mut columns = Vec::new();
    for heading in headings {
        // Spreadsheets put a mark before the first one.
        let heading = heading.trim_start_matches('\u{FEFF}').to_ascii_lowercase();
        let known = COLUMNS.into_iter().find(|column| *column == heading);
        let column = known.ok_or_else(|| {
            format!("there is no column {heading:?}; known are {}", COLUMNS.join(", "))
        })?;
        if columns.contains(&column) {
            return Err(format!("the column {column} is there twice"));
        }
        columns.push(column);
    }
    match COLUMNS[..3].iter().find(|column| !columns.contains(column)) {
        Some(missing) => Err(format!("the column {missing} is missing")),
        None => Ok(columns),
    }
}

fn form(columns: &[&str], record: &csv::StringRecord) -> TenantForm {
    let value = |name: &str| {
        let place = columns.iter().position(|column| *column == name);
        place.and_then(|place| record.get(place)).unwrap_or_default().to_owned()
    };
    let or = |value: String, otherwise: &str| {
        if value.is_empty() { otherwise.to_owned() } else { value }
    };
    let (live, test) = environments(&or(value("environments"), "live"));
    TenantForm {
        name: value("name"),
        slug: value("slug"),
        profile: value("profile"),
        plan: or(value("plan"), "sandbox"),
        live,
        test,
        external_id: value("external_id"),
        partner_decided_on: value("partner_decided_on"),
        partner_reference: value("partner_reference"),
        partner_signer: value("partner_signer"),
        baa_decided_on: value("baa_decided_on"),
        baa_reference: value("baa_reference"),
        baa_signer: value("baa_signer"),
        email: value("email"),
    }
}

/// `live test` as the form's two boxes. A word that is neither ticks none, so that it is refused.
pub fn environments(text: &str) -> (String, String) {
    let words: Vec<_> = text.split_whitespace().collect();
    if words.iter().any(|word| !["live", "test"].contains(word)) {
        return (String::new(), String::new());
    }
    let ticked = |name: &str| if words.contains(&name) { "true" } else { "" }.to_owned();
    (ticked("live"), ticked("test"))
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
