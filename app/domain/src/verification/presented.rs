//! What comes in: what a program shows, and what it asks for.

use std::net::IpAddr;

use crate::keys::Environment;
use crate::profiles::{Endpoint, Profile, Profiles};

/// What a program shows.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    pub key: Option<&'a [u8]>,
    /// The second half of a pair.
    pub secret: Option<&'a [u8]>,
}

impl std::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presented")
            .field("key", &self.key.map(|_| "…"))
            .field("secret", &self.secret.map(|_| "…"))
            .finish()
    }
}

/// What the request needs from the key, and how it comes. The default asks for nothing in
/// particular, from nowhere in particular.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand<'a> {
    /// The profile whose address was called; without one, any profile's key will do.
    pub profile: Option<&'a Profile>,
    /// The organization whose address was called.
    pub slug: Option<&'a str>,
    pub read: bool,
    pub write: bool,
    /// What exactly is asked for, as `resource:action`. Who may read (or write) everything may do
    /// what a scope with the action `read` (or `write`) names.
    pub scope: Option<&'a str>,
    /// The path that was called, for whom does not know the key's API: what its endpoint asks for
    /// takes the scope's place.
    pub path: Option<&'a str>,
    pub environment: Option<Environment>,
    /// Who calls. Without it, keys that are bound to networks are refused.
    pub ip: Option<IpAddr>,
}

impl<'a> Demand<'a> {
    /// With the scope of the path's endpoint in this API.
    pub(super) fn in_api(self, profiles: &'a Profiles, name: &str) -> Self {
        let Some(path) = self.path else { return self };
        let profile = profiles.get(name);
        let scope = profile.and_then(|profile| Endpoint::scope_behind(profile, path, self.write));
        Self { scope, ..self }
    }
}
