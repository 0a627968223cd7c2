//! A new password for somebody who has forgotten theirs.

pub mod actions;
mod ask_page;
mod choose_page;
mod letter;

pub use ask_page::AskPage;
pub use choose_page::ChoosePage;
