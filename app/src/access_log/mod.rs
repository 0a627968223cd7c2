//! The access log: what programs asked for, and why some were refused.

mod call_page;
mod call_rows;
mod callers_card;
mod log_page;
mod query;
mod reasons;

pub use call_page::CallPage;
pub use callers_card::{callers, failed_callers, former_callers};
pub use log_page::LogPage;
pub use reasons::reason_text;
