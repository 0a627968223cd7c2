//! The isolation proof: one tenant tries to get at another's rows, on every table, as the role
//! that the dashboard works as. What the database lets through is a leak.

mod catalog;
pub mod prove;

use serde::{Deserialize, Serialize};

/// What was tried, or looked up in the database's catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The table has row-level security, forced upon its owner too, and at least one policy.
    Policies,
    /// The role owns nothing, is no superuser and does not bypass row-level security.
    Role,
    /// Views ask with the rights of whoever looks, not of whoever made them.
    View,
    /// Reading the other's rows.
    Read,
    /// Reading without saying for whom.
    ReadUnbound,
    /// Changing the other's rows.
    Update,
    /// Deleting the other's rows.
    Delete,
    /// Writing a row in the other's name.
    Insert,
    /// Making an own row the other's.
    Rebind,
}

impl Check {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policies => "row-level security is on and forced",
            Self::Role => "the role owns and bypasses nothing",
            Self::View => "the view asks as whoever looks",
            Self::Read => "read the other's rows",
            Self::ReadUnbound => "read without an organization",
            Self::Update => "change the other's rows",
            Self::Delete => "delete the other's rows",
            Self::Insert => "write in the other's name",
            Self::Rebind => "give an own row to the other",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The database refused, or showed nothing.
    Held,
    /// It did not.
    Leak,
    /// There was nothing to try it on.
    NothingToTry,
}

impl Finding {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Leak => "LEAKED",
            Self::NothingToTry => "nothing to try",
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// A table, view or role.
    pub object: String,
    pub check: Check,
    pub finding: Finding,
    /// What the database said, or how many rows it let through.
    pub detail: String,
}

/// Everything that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Who tried.
    pub intruder: String,
    /// Whose rows were tried.
    pub owner: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: time::OffsetDateTime,
    pub lines: Vec<Line>,
}

impl Report {
    /// Whether anything leaked.
    pub fn leaks(&self) -> bool {
        self.lines.iter().any(|line| line.finding == Finding::Leak)
    }

    /// The report as a file for other programs.
    pub fn to_json(&self) -> crate::Result<String> {
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| crate::Error::Internal(format!("isolation report: {error}")))
    }
}
