//! Scream tests: a key is refused for a while to see who notices, and works again by itself. The
//! time at which it does stands in the database and in every key directory, where each request is
//! judged by the clock: no program has to run for it.

pub mod begin;
pub mod end;
pub mod note;
pub mod state;

use serde::Deserialize;
use time::Duration;

use crate::error::FieldErrors;
use crate::{Result, Rule};

/// The longest, in minutes: a day.
pub const LONGEST_MINUTES: i64 = 24 * 60;
/// What the form offers, in minutes, beside a number of one's own.
pub const OFFERED_MINUTES: [i64; 3] = [5, 15, 60];
/// In the place of a number: the other field has it.
pub const OTHER: &str = "other";

/// The fields of the form that begins a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ScreamForm {
    /// A number of minutes, or [`OTHER`].
    pub minutes: String,
    pub other_minutes: String,
}

/// How long a test takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(i64);

impl Length {
    pub fn parse(form: &ScreamForm) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let (field, text, rule) = match form.minutes.as_str() {
            OTHER => {
                let rule = Rule::NotMinutes { max: LONGEST_MINUTES };
                ("other_minutes", &form.other_minutes, rule)
            }
            _ => ("minutes", &form.minutes, Rule::NotAChoice),
        };
        let minutes = text.trim().parse().ok();
        let minutes = minutes.filter(|minutes| (1..=LONGEST_MINUTES).contains(minutes));
        errors.check(field, minutes.map(Self).ok_or(rule)).ok_or_else(|| errors.into_error())
    }

    pub fn minutes(self) -> i64 {
        self.0
    }

    pub fn duration(self) -> Duration {
        Duration::minutes(self.0)
    }
}
