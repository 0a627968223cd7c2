//! People's own account.

mod account_page;
pub mod actions;

pub use account_page::AccountPage;
