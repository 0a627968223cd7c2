//! People's own account.

mod account_page;
pub mod actions;
mod confirm_page;

pub use account_page::AccountPage;
pub use confirm_page::ConfirmPage;
