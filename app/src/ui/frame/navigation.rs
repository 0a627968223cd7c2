//! The main navigation: a sidebar on wide screens, a row below the header on others.

use leptos::prelude::*;

use crate::ui::{Icon, IconName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    pub href: String,
    pub label: String,
    pub icon: IconName,
    pub current: bool,
}

fn item(item: NavItem) -> impl IntoView {
    let current = item.current.then_some("page");
    view! {
        <li>
            <a class="nav__link" href=item.href aria-current=current>
                <Icon name=item.icon />
                <span>{item.label}</span>
            </a>
        </li>
    }
}

pub(super) fn navigation(items: Vec<NavItem>) -> impl IntoView {
    (!items.is_empty()).then(|| {
        view! {
            <nav class="nav" aria-label="Main">
                <ul>{items.into_iter().map(item).collect_view()}</ul>
            </nav>
        }
    })
}
