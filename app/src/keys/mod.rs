//! API keys.

mod first_use;
#[cfg(feature = "ssr")]
mod first_use_events;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
mod asked_key;
#[cfg(feature = "ssr")]
mod change_card;
#[cfg(feature = "ssr")]
mod create_page;
#[cfg(feature = "ssr")]
mod disable_page;
#[cfg(feature = "ssr")]
mod drain_actions;
#[cfg(feature = "ssr")]
mod drain_view;
#[cfg(feature = "ssr")]
mod edit_page;
#[cfg(feature = "ssr")]
mod key_page;
#[cfg(feature = "ssr")]
pub mod key_rows;
#[cfg(feature = "ssr")]
mod list_page;
#[cfg(feature = "ssr")]
mod login_card;
#[cfg(feature = "ssr")]
mod regenerate_page;
#[cfg(feature = "ssr")]
mod reveal_page;
#[cfg(feature = "ssr")]
mod revoke_page;
#[cfg(feature = "ssr")]
pub mod role_note;
#[cfg(feature = "ssr")]
mod rotate_page;
#[cfg(feature = "ssr")]
mod scream_actions;
#[cfg(feature = "ssr")]
mod scream_card;
#[cfg(feature = "ssr")]
mod scream_page;
#[cfg(feature = "ssr")]
mod secret_actions;
#[cfg(feature = "ssr")]
mod snippet;
#[cfg(feature = "ssr")]
mod stored_page;
#[cfg(feature = "ssr")]
mod terms_fields;
#[cfg(feature = "ssr")]
mod waive_page;
#[cfg(feature = "ssr")]
mod what_breaks;

#[cfg(feature = "ssr")]
pub use first_use::FIRST_USE_QUESTION;
#[cfg(feature = "ssr")]
pub use pages::*;

#[cfg(feature = "ssr")]
mod pages {
    pub use super::create_page::CreatePage;
    pub use super::disable_page::DisablePage;
    pub use super::edit_page::EditPage;
    pub use super::key_page::KeyPage;
    pub use super::list_page::ListPage;
    pub use super::regenerate_page::RegeneratePage;
    pub use super::reveal_page::{RevealPage, Shown};
    pub use super::revoke_page::RevokePage;
    pub use super::rotate_page::RotatePage;
    pub use super::scream_page::ScreamPage;
    pub use super::stored_page::StoredPage;
    pub use super::waive_page::WaivePage;
}
