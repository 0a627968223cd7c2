//! What stands above a form that somebody else was faster with.

use domain::organizations::Settings;
use leptos::prelude::*;

use crate::pages::Messages;
use crate::ui::{Banner, Description, DescriptionList, Tone};

/// What is saved now, in words.
pub(super) fn stale_note(
    messages: &Messages,
    now: &Settings,
) -> Option<Vec<(&'static str, String)>> {
    messages.of("seen")?;
    let yes = |on: bool| if on { "Yes" } else { "No" }.to_owned();
    let or_never = |number: Option<i32>, unit: &str| {
        number.map_or_else(|| "–".to_owned(), |number| format!("{number} {unit}"))
    };
    let policy = now.key_policy;
    Some(vec![
        ("Name", now.name.clone()),
        ("Time zone", now.time_zone.clone()),
        ("New keys expire after", or_never(policy.days_max, "days")),
        ("New keys must be bound to networks", yes(policy.networks_required)),
        ("New keys must require the secret", yes(policy.secret_required)),
        ("Members need a second factor", yes(now.second_factor_required)),
        ("Signed out after", or_never(now.idle_minutes, "minutes")),
    ])
}

/// The list of it, or nothing.
#[component]
pub fn StaleNote(note: Option<Vec<(&'static str, String)>>) -> impl IntoView {
    note.map(|rows| {
        let rows = rows
            .into_iter()
            .map(|(term, value)| view! { <Description term>{value}</Description> })
            .collect_view();
        view! {
            <Banner tone=Tone::Warning title="Saved in the meantime">
                <DescriptionList>{rows}</DescriptionList>
            </Banner>
        }
    })
}
