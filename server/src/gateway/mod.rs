//! Gateway mode: a request that is let in goes on to a service of the vendor's, which learns from
//! header fields who is calling. Bodies pass as they come, in both directions.

mod fields;
mod forward;
mod paced;
mod upstreams;

pub use fields::Origin;
pub use upstreams::Upstreams;

use axum::http::request::Parts;
use axum::response::Response;
use domain::directory::KeyRecord;
use domain::profiles::{Problem, Profiles};

use crate::Result;
use crate::api::surface::Surface;
use forward::Upstream;
use upstreams::Reach;

/// The services behind, and for whom each is.
#[derive(Debug, Default)]
pub struct Gateway(Vec<(Reach, Upstream)>);

impl Gateway {
    /// Checked against the profiles, so that no accepted request can lack a place to go to.
    pub fn new(upstreams: &Upstreams, profiles: &Profiles) -> Result<Self> {
        upstreams.check(profiles)?;
        let mut known: Vec<_> = upstreams
            .iter()
            .map(|one| Ok((one.reach(), Upstream::new(one)?)))
            .collect::<Result<_>>()?;
        // What is for fewer comes first, so that the first that fits is the right one.
        known.sort_by_key(|(reach, _)| std::cmp::Reverse(reach.narrowness()));
        Ok(Self(known))
    }

    /// Whether this key's requests go to a service behind.
    pub fn serves(&self, key: &KeyRecord) -> bool {
        self.find(key).is_some()
    }

    /// Whether there are services behind for this profile.
    pub fn is_for(&self, profile: &str) -> bool {
        self.0.iter().any(|(reach, _)| reach.is_for(profile))
    }

    /// The service's answer, or why there is none.
    pub async fn forward(
        &self,
        key: &KeyRecord,
        surface: &Surface,
        origin: Origin,
        request: Parts,
        body: axum::body::Body,
    ) -> Result<Response, Problem> {
        let upstream = self.find(key).ok_or(Problem::NotFound)?;
        upstream.forward(key, surface, origin, request, body).await
    }

    /// What the service behind is called in the access log.
    pub fn name_of(&self, key: &KeyRecord) -> Option<&str> {
        self.find(key).map(Upstream::name)
    }

    fn find(&self, key: &KeyRecord) -> Option<&Upstream> {
        self.0.iter().find(|(reach, _)| reach.includes(key)).map(|(_, upstream)| upstream)
    }
}
