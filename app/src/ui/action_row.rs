//! An action with what it does beside it, so that reversible and final ones are not confused.

use leptos::prelude::*;

/// A line in a `Card`: what happens on the left, the button or form on the right.
#[component]
pub fn ActionRow(
    #[prop(into)] title: String,
    #[prop(into)] detail: String,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="action-row">
            <div class="action-row__text">
                <h3 class="action-row__title">{title}</h3>
                <p class="muted">{detail}</p>
            </div>
            <div class="action-row__action">{children()}</div>
        </div>
    }
    .into_any()
}
