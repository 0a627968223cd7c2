//! The isolation proof, for those who answer for an organization's data.

pub mod actions;
mod proof_page;
mod rep_proof_page;
mod results;

pub use proof_page::ProofPage;
pub use rep_proof_page::RepProofPage;
