//! The product's name and mark.

use leptos::prelude::*;

/// A latch that is also a key: bow, shaft and two teeth on a filled tile.
pub(super) fn mark() -> impl IntoView {
    view! {
        <svg class="brand__mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
            <rect class="brand__tile" width="24" height="24" rx="6" />
            <path
                class="brand__key"
                d="M9 8.25a3.75 3.75 0 1 0 0 7.5 3.75 3.75 0 0 0 0-7.5ZM12.75 12H20M16.5 12v3.25M19.25 12v2.25"
            />
        </svg>
    }
}

/// The word mark, which leads to the start.
pub(super) fn brand() -> impl IntoView {
    view! {
        <a class="brand" href="/">
            {mark()}
            <span>"Latchkey"</span>
        </a>
    }
}

/// Where the skip link leads; the frames' main element bears it.
pub(super) const CONTENT: &str = "content";

/// Lets the keyboard pass over what every page repeats.
pub(super) fn skip_link() -> impl IntoView {
    view! { <a class="skip-link" href=format!("#{CONTENT}")>"Skip to content"</a> }
}
