//! What stands where there is nothing yet: why, and the one thing to do about it.

use leptos::prelude::*;

use super::{Icon, IconName};

#[component]
pub fn EmptyState(
    #[prop(into)] title: String,
    icon: IconName,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            <h2 class="empty__title">{title}</h2>
            <div class="empty__body">{children()}</div>
        </div>
    }
    .into_any()
}
