//! What the tests stand on.

pub mod certificate;
pub mod collector;
pub mod database;
pub mod directory;
pub mod http;
pub mod program;
pub mod proxy;
pub mod receiver;
pub mod server;
pub mod tenant;
pub mod upstream;
pub mod visitor;

use std::time::{Duration, Instant};

/// Any error ends a test.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// An error with these words.
pub fn fail<T>(words: impl Into<String>) -> Result<T> {
    Err(words.into().into())
}

/// Waits until it is so, and for no longer than `patience`.
pub async fn until<F: AsyncFnMut() -> Result<bool>>(
    what: &str,
    patience: Duration,
    mut is_so: F,
) -> Result {
    let began = Instant::now();
    while !is_so().await? {
        if began.elapsed() > patience {
            return fail(format!("not within {patience:?}: {what}"));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
