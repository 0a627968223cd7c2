//! The vertical scale: from zero to a round number above the highest bar.

use std::fmt;

/// More would clutter a chart of this height.
const MOST_INTERVALS: u64 = 4;

/// A part of the plot's width or height, in thousandths of a percent: integers are exact, and
/// percentages let marks stretch with the page while text keeps its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Share(pub(super) u64);

impl Share {
    pub(super) const WHOLE: Self = Self(100_000);

    /// `part / whole` of the plot.
    pub(super) fn of(part: u64, whole: u64) -> Self {
        let scaled = u128::from(part) * u128::from(Self::WHOLE.0) / u128::from(whole.max(1));
        Self(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:03}%", self.0 / 1_000, self.0 % 1_000)
    }
}

/// Round steps from zero upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    step: u64,
    intervals: u64,
}

impl Scale {
    /// The scale whose top is at or above `highest`. Nothing counted: nothing to measure, so the
    /// baseline is its only tick.
    pub(super) fn up_to(highest: u64) -> Self {
        if highest == 0 {
            return Self { step: 1, intervals: 0 };
        }
        let step =
            round_steps().find(|step| highest.div_ceil(*step) <= MOST_INTERVALS).unwrap_or(highest);
        Self { step, intervals: highest.div_ceil(step) }
    }

    /// The scale that ends with the highest bar, where no tick is written.
    pub(super) const fn exactly(highest: u64) -> Self {
        Self { step: highest, intervals: 1 }
    }

    pub(super) fn top(self) -> u64 {
        self.step.saturating_mul(self.intervals)
    }

    /// From zero upwards.
    pub(super) fn ticks(self) -> impl Iterator<Item = u64> {
        (0..=self.intervals).map(move |index| self.step.saturating_mul(index))
    }
}

/// 1, 2, 5, 10, 20, 50 …
fn round_steps() -> impl Iterator<Item = u64> {
    (0..=19_u32)
        .filter_map(|power| 10_u64.checked_pow(power))
        .flat_map(|unit| [1, 2, 5].map(|factor| unit.saturating_mul(factor)))
}

#[cfg(test)]
mod tests {
    use super::{Scale, Share};

    fn ticks(highest: u64) -> Vec<u64> {
        Scale::up_to(highest).ticks().collect()
    }

    #[test]
    fn ticks_are_round_and_reach_the_highest() {
        assert_eq!(ticks(1), [0, 1]);
        assert_eq!(ticks(7), [0, 2, 4, 6, 8]);
        assert_eq!(ticks(100), [0, 50, 100]);
        assert_eq!(ticks(12_345), [0, 5_000, 10_000, 15_000]);
    }

    #[test]
    fn nothing_has_a_baseline_only() {
        assert_eq!(ticks(0), [0]);
    }

    #[test]
    fn no_number_is_too_large() {
        assert_eq!(Scale::up_to(u64::MAX).top(), u64::MAX);
    }

    #[test]
    fn shares_are_written_as_percentages() {
        assert_eq!(Share::of(1, 3).to_string(), "33.333%");
        assert_eq!(Share::of(1, 24).to_string(), "4.166%");
        assert_eq!(Share::WHOLE.to_string(), "100.000%");
    }
}
