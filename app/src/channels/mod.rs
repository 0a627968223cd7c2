//! Channels.

pub mod actions;
mod add_page;
mod channel_page;
mod list_page;

pub use add_page::AddPage;
pub use channel_page::ChannelPage;
pub use list_page::ListPage;

use domain::channels::ChannelStatus;
use domain::members::Colleague;
use leptos::prelude::*;

use crate::ui::{Choice, StatusTag, Tone};

/// The status with its colour and sign.
fn status_tag(status: ChannelStatus) -> impl IntoView {
    let tone = match status {
        ChannelStatus::Active => Tone::Success,
        ChannelStatus::Inactive => Tone::Neutral,
        ChannelStatus::Suspended => Tone::Danger,
    };
    view! { <StatusTag tone text=status.as_str() /> }
}

/// As whom a channel can act.
fn acting_users(people: &[Colleague]) -> Vec<Choice> {
    let nobody =
        Choice { value: String::new(), label: "Nobody in particular".to_owned(), hint: None };
    let people = people.iter().map(|person| Choice {
        value: person.user_id.to_string(),
        label: format!("{} ({})", person.name, person.email),
        hint: None,
    });
    std::iter::once(nobody).chain(people).collect()
}
