//! What comes out.

use std::ops::Deref;

use super::{Outcome, Reason};
use crate::directory::{Allowance, KeyRecord};
use crate::profiles::Deprecated;

/// A key that was recognized, and what its limit leaves.
#[derive(Clone, Debug)]
pub struct Grant {
    pub(super) record: KeyRecord,
    /// None where the key has no limit, or where the limit was not asked.
    pub allowance: Option<Allowance>,
    /// Where it was not the key itself that came but a token for it: until when the vendor has such
    /// tokens. The record then ends when the token does.
    pub login: Option<Deprecated>,
}

impl Deref for Grant {
    type Target = KeyRecord;

    fn deref(&self) -> &KeyRecord {
        &self.record
    }
}

/// The answer to what was presented.
#[derive(Clone, Debug)]
pub enum Verdict {
    Accepted(Grant),
    /// With the key where it was recognized, so that its owner can be told.
    Refused(Reason, Option<Grant>),
}

impl Verdict {
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Accepted(_) => Outcome::Accepted,
            Self::Refused(reason, _) => Outcome::Refused(*reason),
        }
    }
}
