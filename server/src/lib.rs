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
#[error("{line}")]
pub struct Failure {
    line: String,
    is_usage: bool,
}

impl Failure {
    pub fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), is_usage: false }
    }

    /// What was tried, and why it did not work.
    pub fn because(what: &str, why: impl std::fmt::Display) -> Self {
        Self::new(format!("{what}: {why}"))
    }

    /// The same, where the command line says what makes no sense.
    #[must_use]
    pub fn of_usage(self) -> Self {
        Self { is_usage: true, ..self }
    }

    /// What the program ends with.
    pub fn exit_code(&self) -> u8 {
        if self.is_usage { 2 } else { 1 }
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        Self::new(error.to_string())
    }
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;
