//! The isolation proof, for those who answer for an organization's data.

pub mod actions;
mod proof_page;

pub use proof_page::ProofPage;
