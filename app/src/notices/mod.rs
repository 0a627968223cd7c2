//! Notices: what an organization's programs and people are told of its keys.

pub mod actions;
mod add_page;
mod delivery_rows;
mod letter;
mod list_page;
mod remove_page;
mod rotate_page;
mod secret;
mod webhook_page;

pub use add_page::AddPage;
pub use letter::send_expiry_letter;
pub use list_page::ListPage;
pub use remove_page::RemovePage;
pub use rotate_page::RotatePage;
pub use webhook_page::WebhookPage;

use domain::notices::Event;
use domain::webhooks::WebhookStatus;
use leptos::prelude::*;

use crate::ui::{StatusTag, Tone};

/// The status with its colour and sign.
fn status_tag(status: WebhookStatus) -> impl IntoView {
    let (tone, text) = match status {
        WebhookStatus::Active => (Tone::Success, "Active"),
        WebhookStatus::Disabled => (Tone::Neutral, "Disabled"),
        WebhookStatus::Failed => (Tone::Danger, "Given up"),
    };
    view! { <StatusTag tone text /> }
}

/// When it is sent, for people.
fn explain(event: Event) -> &'static str {
    match event {
        Event::KeyExpiring => "14 days, 3 days and 1 day before a key expires",
        Event::KeyExpired => "When a key has expired",
        Event::KeyRevoked => "When a key is revoked",
        Event::KeyRegenerated => "When a key gets a new text",
    }
}

/// All of them in one line.
fn names(events: &[Event]) -> String {
    events.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", ")
}
