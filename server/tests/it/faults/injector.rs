//! What can happen.

use std::time::Duration;

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every connection is hung up.
    Cut,
    /// PostgreSQL ends the connection that listens.
    ListenerKilled,
    /// No byte moves for this long, and none is lost.
    Frozen(Duration),
    /// Changes are made while no notification arrives.
    NotificationsLost,
    /// Nobody new gets through for a moment, and the old connections are gone.
    Closed,
    /// Keys are refused between the snapshot of a full load and its rows.
    RefusedDuringLoad,
    /// The machine's clock is set by this many milliseconds.
    ClockJump(i64),
    /// PostgreSQL stops in order and starts again.
    Restart,
}

impl Fault {
    /// The fault with this number: all kinds in turn, the slow ones seldom.
    pub fn number(number: usize) -> Self {
        match number {
            170 | 340 | 500 => Self::Restart,
            // Longer than the staleness limit.
            100 | 420 => Self::Frozen(Duration::from_millis(2600)),
            number => match number % 13 {
                0 | 7 => Self::Cut,
                1 | 8 => Self::ListenerKilled,
                2 => Self::Frozen(Duration::from_millis(30)),
                9 => Self::Frozen(Duration::from_millis(180)),
                3 | 5 | 10 => Self::NotificationsLost,
                4 => Self::Closed,
                6 | 11 => Self::RefusedDuringLoad,
                _ if number % 2 == 0 => Self::ClockJump(3_600_000),
                _ => Self::ClockJump(-3_600_000),
            },
        }
    }

    /// Whether the directory has to connect and load anew after it.
    pub fn breaks_connections(self) -> bool {
        !matches!(self, Self::Frozen(_) | Self::NotificationsLost | Self::ClockJump(_))
    }
}
