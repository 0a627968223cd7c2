//! Approvals: what has to be signed before an organization's programs are let in. A gate is open
//! once a rep has recorded who signed, when, and where the paper is; the API profile says which
//! gates stand before the keys of an environment.

#[cfg(feature = "server")]
pub mod list;
#[cfg(feature = "server")]
pub mod record;
#[cfg(feature = "server")]
mod require;
#[cfg(feature = "server")]
pub mod withdraw;

#[cfg(feature = "server")]
pub use require::{Permits, permits};
#[cfg(feature = "server")]
pub(crate) use require::{as_conflict, require};

use serde::{Deserialize, Serialize};

/// Something that has to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "server"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The vendor has approved the organization as a partner.
    PartnerApproval,
    /// A business associate agreement, for protected health information.
    Baa,
}

impl Gate {
    pub const ALL: [Self; 2] = [Self::PartnerApproval, Self::Baa];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::PartnerApproval => "partner_approval",
            Self::Baa => "baa",
        }
    }

    /// The gate of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.as_str() == name)
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::PartnerApproval => "Partner approval",
            Self::Baa => "BAA",
        }
    }
}

/// What to say of keys that these gates keep closed; `None` when there are none.
pub fn closed_by(missing: &[Gate]) -> Option<&'static str> {
    match (missing.contains(&Gate::PartnerApproval), missing.contains(&Gate::Baa)) {
        (false, false) => None,
        (true, false) => Some(
            "Such keys need the partner approval, which is not on record yet. Your account rep records it",
        ),
        (false, true) => Some(
            "Such keys need a signed BAA, which is not on record yet. Your account rep records it",
        ),
        (true, true) => Some(
            "Such keys need the partner approval and a signed BAA, which are not on record yet. Your account rep records them",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_ones_are_named() {
        assert_eq!(closed_by(&[]), None);
        assert!(closed_by(&[Gate::Baa]).is_some_and(|text| !text.contains("partner")));
        assert!(closed_by(&[Gate::PartnerApproval]).is_some_and(|text| !text.contains("BAA")));
        let both = closed_by(&Gate::ALL);
        assert!(both.is_some_and(|text| text.contains("partner") && text.contains("BAA")));
        for gate in Gate::ALL {
            assert_eq!(Gate::named(gate.as_str()), Some(gate));
        }
    }
}
