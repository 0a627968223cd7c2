//! Links that let a new organization's first owner make the first key.

pub mod actions;
mod claim_page;
mod closed;

pub use claim_page::ClaimPage;
