//! Single figures that matter.

use leptos::prelude::*;

#[component]
pub fn StatRow(children: Children) -> impl IntoView {
    view! { <dl class="stats">{children()}</dl> }.into_any()
}

#[component]
pub fn Stat(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] detail: Option<String>,
) -> impl IntoView {
    view! {
        <div class="stat">
            <dt class="stat__label">{label}</dt>
            <dd class="stat__value">{value}</dd>
            {detail.map(|detail| view! { <dd class="stat__detail">{detail}</dd> })}
        </div>
    }
    .into_any()
}
