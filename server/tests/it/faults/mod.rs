//! Hundreds of faults between the key directory and its database, while eight writers change keys
//! and everything is judged all the time. What is claimed: a key whose refusal is committed is never
//! accepted for longer than the staleness limit, whatever happens; and once all is well again, each
//! key is judged as the database has it.

mod injector;
mod judge;
pub mod proxy;
pub mod rig;
mod truth;
mod writers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::Result;
use injector::Fault;
use rig::{LIMIT, Rig};

/// How many faults are injected.
const FAULTS: usize = 520;
/// The directory counts in whole milliseconds.
const ROUNDING: Duration = Duration::from_millis(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stale_yes_beyond_the_limit_and_no_wrong_no() -> Result {
    let mut rig = Rig::start().await?;
    let stop = Arc::new(AtomicBool::new(false));
    let writers = rig.spawn_writers(&stop);
    let judge = tokio::task::spawn_blocking({
        let (judge, stop) = (rig.judge(), Arc::clone(&stop));
        move || judge.judge_until(&stop)
    });

    let began = Instant::now();
    for number in 0..FAULTS {
        rig.inject(Fault::number(number)).await?;
    }
    let injected = began.elapsed();
    rig.heal();
    stop.store(true, Ordering::Release);
    let mut changes = 0;
    for writer in writers {
        changes += writer.await??;
    }
    let findings = judge.await?;
    let agreement = rig.expect_agreement().await;

    eprintln!(
        "{FAULTS} faults in {injected:?}, {changes} changes, {} notifications lost, {findings}",
        rig.lost_notifications()
    );
    agreement?;
    assert!(findings.longest_stale_yes <= LIMIT + ROUNDING, "{findings}");
    assert_eq!(findings.wrong_no, None, "{findings}");
    // A run that shows little must not pass for one that shows much.
    assert!(rig.lost_notifications() > 0 && changes > FAULTS, "too little happened");
    assert!(findings.longest_stale_yes > LIMIT / 2, "the limit was never near: {findings}");
    assert!(findings.fresh_share() > 0.5, "mostly refused as stale: {findings}");
    rig.stop().await
}
