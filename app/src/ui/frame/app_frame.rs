//! The frame of pages for people who are signed in.

use leptos::prelude::*;

use super::brand::{CONTENT, brand, skip_link};
use super::navigation::{NavItem, navigation};
use super::{Theme, ThemeSwitch};
use crate::ui::{Icon, IconName};

/// The organization whose pages these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameOrganization {
    pub name: String,
    /// Its own first page.
    pub slug_href: String,
    /// Where to choose another.
    pub switch_href: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameAccount {
    pub email: String,
    /// The page about them.
    pub href: String,
    pub sign_out_action: String,
}

fn organization_switcher(organization: FrameOrganization) -> impl IntoView {
    view! {
        <span class="header__divider" aria-hidden="true">"/"</span>
        <a class="header__organization" href=organization.slug_href>{organization.name}</a>
        <a class="button button--quiet button--icon" href=organization.switch_href>
            <Icon name=IconName::ChevronsUpDown />
            <span class="visually-hidden">"Switch organization"</span>
        </a>
    }
}

fn account_view(account: FrameAccount) -> impl IntoView {
    view! {
        <form class="header__account" method="post" action=account.sign_out_action>
            <a class="button button--quiet" href=account.href>
                <Icon name=IconName::Settings />
                <span class="visually-hidden">"Account: "</span>
                <span class="header__email">{account.email}</span>
            </a>
            <button type="submit" class="button button--quiet">
                <Icon name=IconName::LogOut />
                <span>"Sign out"</span>
            </button>
        </form>
    }
}

/// Header, navigation, content and footer. Without `nav` there is no navigation.
#[component]
pub fn AppFrame(
    #[prop(optional_no_strip)] organization: Option<FrameOrganization>,
    #[prop(optional)] nav: Vec<NavItem>,
    account: FrameAccount,
    #[prop(optional)] theme: Theme,
    #[prop(into)] theme_action: String,
    #[prop(into)] return_to: String,
    /// The content cannot be shown again: what would lead away by accident is left out.
    #[prop(optional)]
    fleeting: bool,
    children: Children,
) -> impl IntoView {
    let nav = if fleeting { Vec::new() } else { nav };
    let footer = (!fleeting).then(|| {
        view! {
            <footer class="footer">
                <ThemeSwitch theme action=theme_action return_to />
            </footer>
        }
    });
    view! {
        <div class="frame">
            {skip_link()}
            <header class="header">
                <div class="header__where">
                    {brand()} {organization.map(organization_switcher)}
                </div>
                {account_view(account)}
            </header>
            {navigation(nav)}
            <main class="main" id=CONTENT tabindex="-1">
                <div class="main__content">{children()}</div>
            </main>
            {footer}
        </div>
    }
    .into_any()
}
