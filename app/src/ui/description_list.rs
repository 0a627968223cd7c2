//! The properties of one thing.

use leptos::prelude::*;

/// With `short` values, two stand beside each other where there is room.
#[component]
pub fn DescriptionList(#[prop(optional)] short: bool, children: Children) -> impl IntoView {
    let class = if short { "descriptions descriptions--short" } else { "descriptions" };
    view! { <dl class=class>{children()}</dl> }.into_any()
}

#[component]
pub fn Description(#[prop(into)] term: String, children: Children) -> impl IntoView {
    view! {
        <div class="descriptions__row">
            <dt>{term}</dt>
            <dd>{children()}</dd>
        </div>
    }
    .into_any()
}
