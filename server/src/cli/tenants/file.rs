//! A file of organizations: lines of comma-separated values beneath a line of headings.

use domain::tenants::TenantForm;
use std::path::Path;

use crate::Result;
use crate::cli::csv_file::{Line, Table};

const TABLE: Table = Table {
    columns: &[
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
    ],
    needed: 3,
    most: 10_000,
    secret: false,
};

/// The lines with their numbers, the headings' being 1.
pub fn read(path: &Path) -> Result<Vec<(u64, TenantForm)>> {
    TABLE.read(path, form)
}

fn form(line: &Line<'_>) -> TenantForm {
    let value = |name: &str| line.value(name);
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
