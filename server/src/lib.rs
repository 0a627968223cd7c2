//! Where Latchkey runs: listeners, API, command line and wiring.
//!
//! [`startup::Server`] is the whole program without its command line; tests start it in their own
//! process.

pub mod api;
mod calls;
pub mod cli;
pub mod config;
pub mod dashboard;
pub mod data_dir;
pub mod datastores;
pub mod demo;
pub mod gateway;
mod identity;
pub mod internal;
#[cfg(feature = "layer")]
pub mod layer;
pub mod metrics;
mod notices;
pub mod pepper;
pub mod postgres;
pub mod site;
pub mod startup;
pub mod telemetry;
pub mod tls;
pub mod traces;

/// Why the program cannot start, or go on: one line for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    pub fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }

    /// What was tried, and why it did not work.
    pub fn because(what: &str, why: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        Self(error.to_string())
    }
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;
