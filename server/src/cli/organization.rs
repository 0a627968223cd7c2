//! The organization that a command is about.

use clap::Args;
use domain::Error;

use crate::Failure;

/// Which one is meant.
#[derive(Debug, Args)]
pub struct Organization {
    /// The organization, by its name in addresses.
    #[arg(long = "organization", value_name = "SLUG")]
    pub slug: String,
}

impl Organization {
    /// The error, in words that name the organization where there is none like it.
    pub fn failure(&self, error: Error) -> Failure {
        match error {
            Error::NotFound => missing(&self.slug),
            error => error.into(),
        }
    }
}

/// That there is no organization of this name.
pub fn missing(slug: &str) -> Failure {
    Failure::new(format!("there is no organization {slug:?}: `latchkey tenants list` names them"))
}
