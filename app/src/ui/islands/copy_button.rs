//! Copies a text, and says truthfully whether it did.

use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use crate::ui::icon::glyph;
use crate::ui::icon_paths;

/// How long "Copied" stays.
const NOTICE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Idle,
    Copied,
    Refused,
}

impl Outcome {
    const fn message(self) -> &'static str {
        match self {
            Self::Idle => "",
            Self::Copied => "Copied",
            Self::Refused => "Press Ctrl+C",
        }
    }
}

/// When the browser refuses, it selects the nearest `data-copy-source` instead, so that the
/// person can copy by hand. Invisible until it works.
#[island]
pub fn CopyButton(text: String, label: String) -> impl IntoView {
    let outcome = RwSignal::new(Outcome::Idle);
    let button = NodeRef::<html::Button>::new();
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            if write_to_clipboard(&text).await {
                outcome.set(Outcome::Copied);
                set_timeout(move || outcome.set(Outcome::Idle), NOTICE);
            } else {
                outcome.set(Outcome::Refused);
                if let Some(button) = button.get_untracked() {
                    select_source(&button);
                }
            }
        });
    };
    view! {
        <span
            class="copy js-only"
            class:copy--told=move || outcome.get() != Outcome::Idle
            class:copy--done=move || outcome.get() == Outcome::Copied
        >
            <span class="copy__status" role="status">{move || outcome.get().message()}</span>
            <button type="button" class="button button--small" node_ref=button on:click=copy>
                <span class="copy__icons">
                    {glyph(icon_paths::COPY)} {glyph(icon_paths::CHECK)}
                </span>
                <span>{label}</span>
            </button>
        </span>
    }
}

async fn write_to_clipboard(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // Pages that came over plain HTTP from another machine have no clipboard at all.
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Selects the text that belongs to the button: the one in the same `data-copy-scope`.
fn select_source(button: &Element) -> Option<()> {
    let scope = button.closest("[data-copy-scope]").ok()??;
    let source = scope.query_selector("[data-copy-source]").ok()??;
    window().get_selection().ok()??.select_all_children(&source).ok()
}
