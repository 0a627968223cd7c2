//! How much is measured.

use std::time::Duration;

/// Asks for a run that shows only that everything works.
const QUICK: &str = "LATCHKEY_BENCH_QUICK";

pub struct Scale {
    /// How often each case has its turn.
    pub rounds: usize,
    /// Of each turn, after it has warmed up.
    pub turn: Duration,
    pub few_keys: usize,
    pub many_keys: usize,
    /// How long forged keys come.
    pub forged: Duration,
    /// How long as many calls come as the machine can take.
    pub sustained: Duration,
    pub revocations: usize,
    pub suspensions: usize,
    /// Of the organization that is suspended.
    pub organization_keys: usize,
}

impl Scale {
    pub fn wanted() -> Self {
        if std::env::var_os(QUICK).is_some() {
            return Self {
                rounds: 1,
                turn: Duration::from_millis(300),
                few_keys: 100,
                many_keys: 5_000,
                forged: Duration::from_secs(1),
                sustained: Duration::from_secs(2),
                revocations: 20,
                suspensions: 5,
                organization_keys: 500,
            };
        }
        Self {
            rounds: 7,
            turn: Duration::from_secs(3),
            few_keys: 1_000,
            many_keys: 1_000_000,
            forged: Duration::from_secs(10),
            sustained: Duration::from_secs(60),
            revocations: 1_000,
            suspensions: 100,
            organization_keys: 10_000,
        }
    }
}
