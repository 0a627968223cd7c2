//! The properties of one thing.

use leptos::prelude::*;

#[component]
pub fn DescriptionList(children: Children) -> impl IntoView {
    view! { <dl class="descriptions">{children()}</dl> }.into_any()
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
