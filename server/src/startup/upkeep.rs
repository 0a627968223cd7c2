//! Work that goes on for as long as the program runs.

use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long until work that panicked begins anew.
const AGAIN: Duration = Duration::from_secs(1);

/// Does the work in the background, and begins it anew where it ended in a panic: without anybody who
/// follows the database, say, all keys would be refused until somebody starts the program again.
pub fn upkeep<F>(what: &'static str, work: impl Fn() -> F + Send + 'static) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        // What a panic leaves behind in memory, whoever comes next takes over as it is.
        while AssertUnwindSafe(work()).catch_unwind().await.is_err() {
            tracing::error!(what, "work in the background has panicked, and begins anew");
            tokio::time::sleep(AGAIN).await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn what_panics_begins_anew_and_what_ends_does_not() {
        let began = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&began);
        let work = upkeep("a test", move || {
            let count = Arc::clone(&count);
            async move {
                assert!(count.fetch_add(1, Ordering::Relaxed) > 0, "the first time");
            }
        });
        assert!(work.await.is_ok());
        assert_eq!(began.load(Ordering::Relaxed), 2);
    }
}
