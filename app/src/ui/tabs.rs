//! Views of one page as links, so that each has an address.

use leptos::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabLink {
    pub href: String,
    pub label: String,
    pub current: bool,
}

/// A row of links of which one is the current page; `label` names the row.
#[component]
pub fn LinkTabs(#[prop(into)] label: String, links: Vec<TabLink>) -> impl IntoView {
    let items = links
        .into_iter()
        .map(|link| {
            let current = link.current.then_some("page");
            view! {
                <li>
                    <a class="tabs__link" href=link.href aria-current=current>{link.label}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="tabs" aria-label=label>
            <ul>{items}</ul>
        </nav>
    }
    .into_any()
}
