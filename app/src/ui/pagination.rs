//! The way through a long list, a page at a time, as links.

use leptos::prelude::*;

use super::{ButtonKind, LinkButton};

/// How many pages so many lines fill; one for none.
pub fn page_count(lines: i64, page_size: i64) -> u32 {
    let pages = lines.max(1).unsigned_abs().div_ceil(page_size.max(1).unsigned_abs());
    u32::try_from(pages).unwrap_or(u32::MAX)
}

/// "Page 2 of 5" with links to its neighbours; nothing when there is one page only.
#[component]
pub fn Pagination(
    /// From 1.
    page: u32,
    pages: u32,
    /// The address of a page.
    href: impl Fn(u32) -> String,
) -> impl IntoView {
    let previous = (page > 1).then(|| href(page - 1));
    let next = (page < pages).then(|| href(page + 1));
    (pages > 1).then(|| {
        view! {
            <nav class="cluster" aria-label="Pages">
                {previous.map(|href| view! { <LinkButton href kind=ButtonKind::Secondary>"Previous"</LinkButton> })}
                <span class="muted">{format!("Page {page} of {pages}")}</span>
                {next.map(|href| view! { <LinkButton href kind=ButtonKind::Secondary>"Next"</LinkButton> })}
            </nav>
        }
    })
}

/// The way through a list that grows at its top: links to what is newer and what is older.
#[component]
pub fn NewerOlder(
    #[prop(optional_no_strip)] newer: Option<String>,
    #[prop(optional_no_strip)] older: Option<String>,
) -> impl IntoView {
    (newer.is_some() || older.is_some()).then(|| {
        view! {
            <nav class="cluster" aria-label="Pages">
                {newer.map(|href| view! { <LinkButton href kind=ButtonKind::Secondary>"Newer"</LinkButton> })}
                {older.map(|href| view! { <LinkButton href kind=ButtonKind::Secondary>"Older"</LinkButton> })}
            </nav>
        }
    })
}
