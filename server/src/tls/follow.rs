//! Certificates do not live long: new files are taken over while the program runs.

use std::time::Duration;
use tokio::sync::watch;

use super::{Current, TlsFiles};
use crate::Result;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Loads the files and looks after them, until nobody listens any more. Files that cannot be used
/// change nothing: what was good stays, and the log says why.
pub fn follow(files: TlsFiles) -> Result<Current> {
    // Before they are read: a change in between is noticed later, and read again.
    let mut seen = files.stamp();
    let (current, listener) = watch::channel(files.load()?);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = current.closed() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let now = files.stamp();
            if now == seen {
                continue;
            }
            seen = now;
            match files.load() {
                Ok(config) => {
                    current.send_replace(config);
                    tracing::info!("new connections get the new certificate");
                }
                Err(error) => {
                    tracing::warn!(%error, "the new certificate is not used; the one before stays");
                }
            }
        }
    });
    Ok(listener)
}
