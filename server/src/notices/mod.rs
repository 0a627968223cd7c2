//! Sends notices: to webhooks by HTTP, to people by mail. Every node does; what is due is one node's
//! at a time.

mod post;
mod run;

pub use post::Poster;
pub use run::{Letters, run};
