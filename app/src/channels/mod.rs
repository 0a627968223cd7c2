//! Channels.

pub mod actions;
mod add_page;
mod channel_page;
mod list_page;

pub use add_page::AddPage;
pub use channel_page::ChannelPage;
pub use list_page::ListPage;

use domain::channels::ChannelStatus;
use leptos::prelude::*;

use crate::ui::{StatusTag, Tone};

/// The status with its colour and sign.
fn status_tag(status: ChannelStatus) -> impl IntoView {
    let tone = match status {
        ChannelStatus::Active => Tone::Success,
        ChannelStatus::Inactive => Tone::Neutral,
        ChannelStatus::Suspended => Tone::Danger,
    };
    view! { <StatusTag tone text=status.as_str() /> }
}
