//! How many requests were refused, by reason, whether a key was recognized or not. Usage counts what
//! belongs to a key; this also counts what belongs to nobody.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Reason;

/// Since the program's start.
#[derive(Debug, Default)]
pub struct Tally([AtomicU64; Reason::ALL.len()]);

impl Tally {
    pub(super) fn count(&self, reason: Reason) {
        self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Each reason with its number, in the order of the checks.
    pub fn refusals(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL
            .iter()
            .zip(&self.0)
            .map(|(reason, number)| (*reason, number.load(Ordering::Relaxed)))
    }
}
