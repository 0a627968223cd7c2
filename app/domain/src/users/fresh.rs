//! Whether somebody has lately shown that it is them. A session may have been left open on
//! somebody's desk; what is dangerous asks for the password again.

use crate::{Error, Result};

/// How long the password, once given, is proof enough.
pub const FRESH_MINUTES: i64 = 10;

/// Proof that whoever acts has given their password within the last [`FRESH_MINUTES`] minutes.
/// Signing in counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh(());

impl Fresh {
    /// For a session whose owner gave their password at this moment, both in milliseconds since
    /// 1970-01-01 UTC.
    pub fn since(proved_at_ms: i64, now_ms: i64) -> Result<Self> {
        if (0..FRESH_MINUTES * 60_000).contains(&(now_ms - proved_at_ms)) {
            Ok(Self(()))
        } else {
            Err(Error::ProofNeeded)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_stale_after_ten_minutes_and_when_it_comes_from_the_future() {
        let at = |now| Fresh::since(1_000_000, now).map(|_| ());
        assert_eq!(at(1_000_000), Ok(()));
        assert_eq!(at(1_600_000 - 1), Ok(()));
        assert_eq!(at(1_600_000), Err(Error::ProofNeeded));
        assert_eq!(at(999_999), Err(Error::ProofNeeded));
    }
}
