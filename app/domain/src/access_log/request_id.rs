//! Ids for calls: unique, sorted by time, and made without asking the system for random bytes.

use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Makes ids, as UUIDs of version 7.
#[derive(Debug)]
pub(super) struct RequestIds {
    /// Tells this run of the program from all others.
    run: u64,
    next: AtomicU64,
}

impl Default for RequestIds {
    fn default() -> Self {
        let (run, start) = Uuid::new_v4().as_u64_pair();
        Self { run, next: AtomicU64::new(start) }
    }
}

impl RequestIds {
    pub(super) fn generate(&self, at_ms: i64) -> Uuid {
        // A one-to-one mapping of the numbers in order: no two are the same, and none tells how many
        // calls there were before.
        let number = mixed(self.next.fetch_add(1, Ordering::Relaxed));
        let ms = at_ms.cast_unsigned() & 0xFFFF_FFFF_FFFF;
        let high = (ms << 16) | 0x7000 | (mixed(self.run ^ number) & 0x0FFF);
        let low = (number & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        Uuid::from_u64_pair(high, low)
    }
}

/// The last steps of `SplitMix64`.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// When the call came, in milliseconds since 1970-01-01 UTC; `None` for what is no id of a call.
pub(super) fn milliseconds_of(id: Uuid) -> Option<i64> {
    (id.get_version_num() == 7).then(|| (id.as_u64_pair().0 >> 16).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_differ_and_say_when() {
        let ids = RequestIds::default();
        let at = 1_772_000_000_123;
        let made: HashSet<_> = (0..10_000).map(|_| ids.generate(at)).collect();
        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|id| milliseconds_of(*id) == Some(at)));
        assert!(ids.generate(at) < ids.generate(at + 1));
        assert_eq!(milliseconds_of(Uuid::new_v4()), None);
    }
}
