//! What the numbers mean by which the recorder knows outcomes and endpoints. They hold for one run of
//! the program; what outlives it says them in words.

use serde::{Deserialize, Serialize};

use crate::profiles::{EndpointId, Profiles};
use crate::verification::Outcome;

/// Names by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    outcomes: Vec<String>,
    /// By profile, then by place.
    endpoints: Vec<Vec<String>>,
}

impl Words {
    /// Those of this run.
    pub fn of(profiles: &Profiles) -> Self {
        let outcomes = Outcome::all().map(|outcome| outcome.as_str().to_owned()).collect();
        let endpoints = profiles.iter().map(|profile| profile.endpoint_names().collect()).collect();
        Self { outcomes, endpoints }
    }

    /// The outcome of this number; `None` where this program knows no such outcome any more.
    pub(super) fn outcome(&self, number: u64) -> Option<Outcome> {
        Outcome::named(self.outcomes.get(usize::try_from(number).ok()?)?)
    }

    /// What usage calls the endpoint.
    pub(super) fn endpoint(&self, id: EndpointId) -> &str {
        let places = self.endpoints.get(usize::from(id.profile));
        places.and_then(|places| places.get(usize::from(id.place))).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;

    #[test]
    fn numbers_mean_what_they_meant() -> Result<()> {
        let words = Words::of(&Profiles::built_in()?);
        for outcome in Outcome::all() {
            assert_eq!(words.outcome(outcome.number()), Some(outcome));
        }
        assert_eq!(words.outcome(Outcome::all().count() as u64), None);
        let names: Vec<_> =
            (0..).map(|place| words.endpoint(EndpointId { profile: 0, place })).take(100).collect();
        assert!(names.contains(&"/verify/batch") && names.contains(&"Other paths"), "{names:?}");
        assert_eq!(names.last(), Some(&""));
        Ok(())
    }
}
