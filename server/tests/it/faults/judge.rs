//! Who judges all keys, over and over, and what is found.

use domain::Backend;
use domain::verification::Outcome;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::truth::Watched;

/// Between two rounds: the writers and the directory need the processor too.
const REST: Duration = Duration::from_millis(2);

pub struct Judge {
    pub backend: Arc<Backend>,
    /// Keys that writers change.
    pub changed: Arc<Vec<Watched>>,
    /// Keys that nobody changes.
    pub controls: Arc<Vec<Watched>>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    pub longest_stale_yes: Duration,
    /// What a key that nobody changes was once refused for.
    pub wrong_no: Option<Outcome>,
    judged: u64,
    controls: u64,
    accepted_controls: u64,
}

impl Findings {
    /// How much of the time keys were judged rather than refused for want of news.
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    pub fn fresh_share(&self) -> f64 {
        self.accepted_controls as f64 / self.controls.max(1) as f64
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} judgements, longest stale yes {:?}, wrong no {:?}, fresh {:.1} % of the time",
            self.judged,
            self.longest_stale_yes,
            self.wrong_no,
            self.fresh_share() * 100.0
        )
    }
}

impl Judge {
    pub fn judge_until(&self, stop: &AtomicBool) -> Findings {
        let mut findings = Findings::default();
        while !stop.load(Ordering::Acquire) {
            for key in self.changed.iter() {
                findings.judged += 1;
                let stale = key.stale_yes(&self.backend).unwrap_or_default();
                findings.longest_stale_yes = findings.longest_stale_yes.max(stale);
            }
            for control in self.controls.iter() {
                findings.controls += 1;
                match control.wrong_no(&self.backend) {
                    Some(outcome) => findings.wrong_no = Some(outcome),
                    None if control.verdict(&self.backend) == Outcome::Accepted => {
                        findings.accepted_controls += 1;
                    }
                    None => {}
                }
            }
            std::thread::sleep(REST);
        }
        findings
    }
}
