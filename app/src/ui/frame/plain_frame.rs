//! The frame of pages that stand alone: signing in, errors.

use leptos::prelude::*;

use super::brand::{CONTENT, brand, skip_link};
use super::{Theme, ThemeSwitch};

/// A narrow column under the word mark, without navigation.
#[component]
pub fn PlainFrame(
    #[prop(optional)] theme: Theme,
    #[prop(into)] theme_action: String,
    #[prop(into)] return_to: String,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="frame frame--plain">
            {skip_link()}
            <header class="header">{brand()}</header>
            <main class="main" id=CONTENT tabindex="-1">
                <div class="main__content card">{children()}</div>
            </main>
            <footer class="footer">
                <ThemeSwitch theme action=theme_action return_to />
            </footer>
        </div>
    }
    .into_any()
}
