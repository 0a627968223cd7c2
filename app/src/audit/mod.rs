//! The audit log.

mod changes;
pub mod download;
mod event_rows;
mod history;
mod log_page;
mod query;

pub use event_rows::action_text;
pub use history::history_card;
pub use log_page::LogPage;
