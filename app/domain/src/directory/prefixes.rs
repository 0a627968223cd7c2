//! How the texts of imported keys begin.

use std::collections::HashSet;

/// A set of prefixes; see [`crate::keys::import`]. Mostly there are none.
#[derive(Clone, Debug, Default)]
pub struct Prefixes {
    known: HashSet<Box<[u8]>>,
    /// Theirs, each once.
    lengths: Vec<usize>,
}

impl Prefixes {
    /// Whether an imported key may begin like this.
    pub fn fit(&self, text: &[u8]) -> bool {
        let known = |length: &usize| text.get(..*length).is_some_and(|it| self.known.contains(it));
        self.lengths.iter().any(known)
    }

    /// True when it was not known.
    pub(super) fn add(&mut self, prefix: &str) -> bool {
        let prefix = prefix.as_bytes();
        if !self.lengths.contains(&prefix.len()) {
            self.lengths.push(prefix.len());
        }
        self.known.insert(prefix.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_fit_whatever_begins_with_one_of_them() {
        let mut prefixes = Prefixes::default();
        assert!(!prefixes.fit(b"") && !prefixes.fit(b"acme_1"), "none fits anything");
        assert!(prefixes.add("acme_") && prefixes.add("old-") && !prefixes.add("acme_"));
        for fits in ["acme_1", "acme_", "old-x"] {
            assert!(prefixes.fit(fits.as_bytes()), "{fits}");
        }
        for other in ["", "acme", "acmee_1", "Acme_1", "old_1", "1acme_"] {
            assert!(!prefixes.fit(other.as_bytes()), "{other}");
        }
        assert!(prefixes.add(""));
        assert!(prefixes.fit(b"") && prefixes.fit(b"anything"));
    }
}
