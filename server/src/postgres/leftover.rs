//! What an instance that was killed leaves behind: its PostgreSQL goes on by itself.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::{Failure, Result};

/// How long it may take to write everything down and end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stops the PostgreSQL that an earlier instance has left running on this directory. The caller
/// holds the data directory's lock, so nobody needs it.
pub async fn stop(files: &Path) -> Result<()> {
    let Some(pid) = find(files) else { return Ok(()) };
    tracing::info!(
        process = pid.as_raw(),
        "stopping the PostgreSQL that an earlier start left running"
    );
    let began = Instant::now();
    while find(files) == Some(pid) {
        if began.elapsed() > PATIENCE {
            return Err(Failure::new(format!(
                "the PostgreSQL that an earlier start left running on {} (process {pid}) does not stop",
                files.display()
            )));
        }
        // It may be just starting, when it ignores signals: so more than once.
        let _ = kill(pid, Signal::SIGINT);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// The process that the pid file names, when it really is a PostgreSQL on this directory; its
/// number may long be somebody else's.
fn find(files: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(files.join("postmaster.pid")).ok()?;
    let pid: i32 = text.lines().next()?.trim().parse().ok().filter(|pid| *pid > 1)?;
    let at: PathBuf = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    (at == files).then_some(Pid::from_raw(pid))
}
