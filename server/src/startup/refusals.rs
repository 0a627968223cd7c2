//! Refusals in the log: now and then one line for each reason that there was, without a word of what
//! was presented.

use domain::Backend;
use domain::verification::Reason;
use std::sync::Arc;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(60);

/// Writes until the task is dropped.
pub async fn log(backend: Arc<Backend>) {
    let mut told: Vec<u64> = vec![0; Reason::ALL.len()];
    loop {
        tokio::time::sleep(EVERY).await;
        for ((reason, number), told) in backend.tally.refusals().zip(&mut told) {
            let new = number - *told;
            if new > 0 {
                tracing::info!(reason = reason.as_str(), refused = new, "in the last minute");
            }
            *told = number;
        }
    }
}
