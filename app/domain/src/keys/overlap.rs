//! How long a key's former text stays good after it was regenerated.

use time::Duration;

/// The stretches that the form offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// The old text is refused at once.
    Now,
    Hour,
    Day,
    ThreeDays,
    Week,
}

impl Overlap {
    pub const ALL: [Self; 5] = [Self::Now, Self::Hour, Self::Day, Self::ThreeDays, Self::Week];

    /// As forms send it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::ThreeDays => "3d",
            Self::Week => "7d",
        }
    }

    /// The overlap of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|overlap| overlap.as_str() == name)
    }

    pub fn duration(self) -> Duration {
        match self {
            Self::Now => Duration::ZERO,
            Self::Hour => Duration::HOUR,
            Self::Day => Duration::DAY,
            Self::ThreeDays => Duration::days(3),
            Self::Week => Duration::WEEK,
        }
    }
}
