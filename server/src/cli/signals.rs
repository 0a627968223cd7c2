//! Requests to stop, from a terminal or a supervisor.

use nix::sys::signal::Signal;
use std::time::Duration;
use tokio::signal::unix::{self, SignalKind, signal};

use crate::{Failure, Result};

/// Within this time a repeated signal is the same request.
const ECHO: Duration = Duration::from_secs(1);

/// From here on, these signals do not end the process: somebody has to ask for them.
#[derive(Debug)]
pub struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hang_up: unix::Signal,
}

impl Signals {
    pub fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(|error| Failure::because("signals", error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// One that somebody sends because of impatience. Supervisors and shells may send the same
    /// signal twice, to the process and to its group, which means one request to stop.
    pub async fn again(&mut self) {
        let echo = tokio::time::Instant::now() + ECHO;
        loop {
            self.next().await;
            if tokio::time::Instant::now() >= echo {
                return;
            }
        }
    }

    /// The next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::SIGINT,
            _ = self.terminate.recv() => Signal::SIGTERM,
            _ = self.hang_up.recv() => Signal::SIGHUP,
        }
    }
}
