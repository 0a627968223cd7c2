//! A framed part of a page.

use leptos::prelude::*;

#[component]
pub fn Card(#[prop(optional, into)] title: Option<String>, children: Children) -> impl IntoView {
    view! {
        <section class="card">
            {title.map(|title| view! { <h2 class="card__title">{title}</h2> })}
            <div class="card__body stack">{children()}</div>
        </section>
    }
    .into_any()
}
