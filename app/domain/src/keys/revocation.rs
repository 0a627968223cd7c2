//! Why a key is revoked.

use std::fmt;

use crate::text::Note;

/// What the form offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// Somebody may have it who should not.
    Leaked,
    /// Another key has taken its place.
    Rotated,
    /// Nothing calls with it any more.
    Unused,
    Other,
}

impl Because {
    pub const ALL: [Self; 4] = [Self::Leaked, Self::Rotated, Self::Unused, Self::Other];

    /// As forms send it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leaked => "leaked",
            Self::Rotated => "rotated",
            Self::Unused => "unused",
            Self::Other => "other",
        }
    }

    /// The reason of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|because| because.as_str() == name)
    }
}

/// One of the reasons, and what the person who revokes adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    pub because: Because,
    pub note: Option<Note>,
}

/// As it is kept and shown: `Leaked: found in a public repository`.
impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.because {
            Because::Leaked => "Leaked",
            Because::Rotated => "Rotated",
            Because::Unused => "Unused",
            Because::Other => "Other",
        })?;
        self.note.as_ref().map_or(Ok(()), |note| write!(f, ": {}", note.as_str()))
    }
}
