//! The gateway's file: which service is behind for whose requests.

use axum::http::uri::{Authority, Scheme, Uri};
use domain::directory::KeyRecord;
use domain::keys::Environment;
use domain::profiles::Profiles;
use domain::whole_file;
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

use crate::{Failure, Result};

/// What stands in the file; none without a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstreams {
    #[serde(default, rename = "upstream")]
    all: Vec<Entry>,
}

/// One service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    profile: String,
    /// Without it, for both.
    environment: Option<Environment>,
    /// The slug of the one organization that this service is for.
    organization: Option<String>,
    url: String,
    /// Whether the service gets the key too.
    #[serde(default)]
    pub forward_key: bool,
    #[serde(default = "two_seconds")]
    connect_timeout_ms: u64,
    #[serde(default = "half_a_minute")]
    head_timeout_ms: u64,
    #[serde(default = "half_a_minute")]
    idle_timeout_ms: u64,
}

fn two_seconds() -> u64 {
    2_000
}

fn half_a_minute() -> u64 {
    30_000
}

/// How long the service may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To take a connection.
    pub connect: Duration,
    /// To begin its answer, once it has the request.
    pub head: Duration,
    /// Between two pieces of a body; the caller too.
    pub idle: Duration,
}

/// Whose requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    profile: String,
    environment: Option<Environment>,
    organization: Option<String>,
}

impl Reach {
    pub fn includes(&self, key: &KeyRecord) -> bool {
        let organization = &key.organization;
        *self.profile == *organization.profile
            && self.environment.is_none_or(|environment| environment == key.environment)
            && self.organization.as_deref().is_none_or(|slug| *slug == *organization.slug)
    }

    /// Whether it is for keys of this profile.
    pub fn is_for(&self, profile: &str) -> bool {
        self.profile == profile
    }

    /// More where it is for fewer: an organization's own service goes before its environment's.
    pub fn narrowness(&self) -> u8 {
        2 * u8::from(self.organization.is_some()) + u8::from(self.environment.is_some())
    }
}

impl Upstreams {
    /// Reads the file, where one is named.
    pub fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else {
            return Ok(Self::default());
        };
        let text = whole_file::read_text(path, whole_file::CONFIGURATION_MAX)
            .map_err(|error| about(path, error))?;
        Self::parse(&text).map_err(|error| about(path, error))
    }

    /// What this text says.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            Failure::new(format!("line {line}: {}", error.message().replace('\n', " ")))
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.all.iter()
    }

    /// That every profile is known, no two services are for the same requests, and, where a profile
    /// has any, each of its keys has one.
    pub fn check(&self, profiles: &Profiles) -> Result<()> {
        for (place, entry) in self.all.iter().enumerate() {
            let name = &entry.profile;
            let reach = entry.reach();
            let Some(profile) = profiles.get(name) else {
                return Err(wrong(name, "there is no such profile"));
            };
            if let Some(absent) = entry.environment.filter(|one| profile.key_prefix(*one).is_none())
            {
                return Err(wrong(name, &format!("it has no {} keys", absent.as_str())));
            }
            for other in &self.all[..place] {
                if other.reach() == reach {
                    return Err(wrong(name, "two upstreams are for the same requests"));
                }
            }
            for environment in profile.environments() {
                if !self.all.iter().any(|one| one.is_for_all(name, environment)) {
                    let environment = environment.as_str();
                    return Err(wrong(
                        name,
                        &format!("{environment} keys in general have no upstream"),
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Entry {
    pub fn reach(&self) -> Reach {
        Reach {
            profile: self.profile.clone(),
            environment: self.environment,
            organization: self.organization.clone(),
        }
    }

    pub fn patience(&self) -> Patience {
        Patience {
            connect: Duration::from_millis(self.connect_timeout_ms),
            head: Duration::from_millis(self.head_timeout_ms),
            idle: Duration::from_millis(self.idle_timeout_ms),
        }
    }

    /// Where the service listens.
    pub fn authority(&self) -> Result<Authority> {
        let looks = || {
            wrong(
                &self.profile,
                &format!("url {:?} should look like http://HOST:PORT, without a path", self.url),
            )
        };
        let url: Uri = self.url.parse().map_err(|_| looks())?;
        let bare = url.path() == "/" && url.query().is_none() && !self.url.ends_with('?');
        match (url.scheme() == Some(&Scheme::HTTP), url.authority()) {
            (true, Some(authority)) if bare && !authority.as_str().contains('@') => {
                Ok(authority.clone())
            }
            _ => Err(looks()),
        }
    }

    fn is_for_all(&self, profile: &str, environment: Environment) -> bool {
        self.profile == profile
            && self.organization.is_none()
            && self.environment.is_none_or(|one| one == environment)
    }
}

fn about(path: &Path, error: impl std::fmt::Display) -> Failure {
    let path = path.display();
    Failure::because(&format!("{path} (--gateway-config, LATCHKEY_GATEWAY_CONFIG)"), error)
}

fn wrong(profile: &str, what: &str) -> Failure {
    Failure::because(&format!("the gateway's upstream of profile {profile:?}"), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<String> {
        let profiles = Profiles::built_in()?;
        let outcome = Upstreams::parse(text)
            .and_then(|upstreams| upstreams.check(&profiles).map(|()| upstreams))
            .and_then(|upstreams| upstreams.iter().try_for_each(|one| one.authority().map(|_| ())));
        Ok(outcome.err().map(|error| error.to_string()).unwrap_or_default())
    }

    fn upstream(rest: &str) -> String {
        format!("[[upstream]]\nprofile = \"clinikapi\"\nurl = \"http://127.0.0.1:8080\"\n{rest}\n")
    }

    #[test]
    fn the_example_is_good() -> Result<()> {
        assert_eq!(told(include_str!("../../examples/gateway/gateway.toml"))?, "");
        assert_eq!(told("")?, "");
        Ok(())
    }

    #[test]
    fn says_what_is_wrong() -> Result<()> {
        let test = upstream("environment = \"test\"");
        for (text, expected) in [
            (upstream("").replace("clinikapi", "nobody"), "no such profile"),
            (upstream("").replace("http:", "ftp:"), "should look like"),
            (upstream("").replace("8080", "8080/v1"), "should look like"),
            (upstream("").replace("//", "//me@"), "should look like"),
            (upstream("").replace("profile", "profil"), "line 2"),
            (upstream("head_timeout_ms = -1"), "line 4"),
            (upstream("environment = \"staging\""), "line 4"),
            (test.clone(), "live keys"),
            (upstream("organization = \"st-mary\""), "live keys"),
            (upstream("") + &upstream(""), "two upstreams"),
            (test.replace("clinikapi", "delphos"), "no test keys"),
            ("x".to_owned(), "line 1"),
        ] {
            let told = told(&text)?;
            assert!(told.contains(expected) && !told.contains('\n'), "{text}: {told}");
        }
        Ok(())
    }
}
