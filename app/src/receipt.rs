//! The receipt of a change that refuses keys, in words: at how many nodes it is in force.

use domain::Backend;
use domain::nodes::receipt::{Receipt, receipt};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use uuid::Uuid;

use crate::ui::Tone;

/// What a page says of what was just done: a line and, where somebody should look after it, more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub title: String,
    pub detail: Option<String>,
}

impl Told {
    pub fn tone(&self) -> Tone {
        if self.detail.is_some() { Tone::Warning } else { Tone::Success }
    }
}

impl From<String> for Told {
    fn from(title: String) -> Self {
        Self { title, detail: None }
    }
}

/// Waits, not for long, until every node that runs has applied the newest change of the key,
/// channel or organization, and says so. `began` is when the change was asked for, and `done` what
/// was done, such as `Key revoked`. The change is made whatever can be said of it.
pub async fn told(backend: &Backend, changed: Uuid, began: Instant, done: &str) -> Told {
    match receipt(backend, changed, began).await {
        Ok(receipt) => in_words(done, &receipt),
        Err(error) => {
            tracing::warn!(%error, "there is no receipt of a change");
            let detail = "The change is made, but the nodes could not be asked whether they know. Look with latchkey nodes.";
            Told {
                title: format!("{done}: refused, on how many nodes is not known"),
                detail: Some(detail.to_owned()),
            }
        }
    }
}

fn in_words(done: &str, receipt: &Receipt) -> Told {
    let Receipt { applied, running, late, gone, after_ms } = receipt;
    let nodes = if *running == 1 { "node" } else { "nodes" };
    let title = match running {
        0 => format!("{done}: refused by every node that starts"),
        _ => format!("{done}: refused on {applied}/{running} {nodes} after {after_ms} ms"),
    };
    let mut details = Vec::new();
    if *running == 0 {
        details.push("No node that judges keys runs just now.".to_owned());
    }
    if !late.is_empty() {
        details.push(format!(
            "Not refused yet on {}. A node reads changes once a second; if latchkey nodes still shows it behind after that, restart it.",
            late.join(", ")
        ));
    }
    if !gone.is_empty() {
        details.push(format!(
            "Not heard from: {}. If it still runs, it refuses every key once it has been without the database for 60 s, or as long as the organization allows. Stop it to be sure.",
            gone.join(", ")
        ));
    }
    Told { title, detail: (!details.is_empty()).then(|| details.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(applied: usize, late: &[&str], gone: &[&str]) -> Told {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let running = applied + late.len();
        let (late, gone) = (names(late), names(gone));
        in_words("Key revoked", &Receipt { applied, running, late, gone, after_ms: 41 })
    }

    #[test]
    fn all_is_well_in_one_line() {
        let told = said(3, &[], &[]);
        assert_eq!(told.title, "Key revoked: refused on 3/3 nodes after 41 ms");
        assert_eq!((told.detail.as_deref(), told.tone()), (None, Tone::Success));
        assert_eq!(said(1, &[], &[]).title, "Key revoked: refused on 1/1 node after 41 ms");
    }

    #[test]
    fn whoever_has_not_said_so_is_named_with_what_to_do() {
        let late = said(2, &["edge-b", "edge-c"], &[]);
        assert_eq!(late.title, "Key revoked: refused on 2/4 nodes after 41 ms");
        let detail = late.detail.as_deref().unwrap_or_default();
        assert!(detail.contains("edge-b, edge-c") && detail.contains("restart"), "{detail}");
        assert_eq!(late.tone(), Tone::Warning);
        let gone = said(1, &[], &["old"]);
        assert!(
            gone.detail.is_some_and(|detail| detail.contains("old") && detail.contains("Stop it"))
        );
        let none = said(0, &[], &[]);
        assert_eq!(none.title, "Key revoked: refused by every node that starts");
        assert!(none.detail.is_some());
    }
}
