//! API profiles: what a vendor's API looks like from outside, as data. Adding a vendor means
//! adding a file.

mod answers;
mod check;
mod collection;
mod endpoint;
mod fault;
mod file;
mod load;
mod login;
mod openapi;
mod place;
mod read;
mod sample;

pub use answers::{Answer, Problem};
pub use collection::{Collection, FieldRule, HeaderRule, Kind, Operation, QueryRule, ScopePair};
pub use endpoint::Endpoint;
pub use fault::{Fault, Faults};
pub use file::{ContentType, Tag};
pub use login::{Deprecated, Login};
pub use sample::Sample;

use std::collections::BTreeMap;
use std::path::Path;

use crate::access_log;
use crate::approvals::Gate;
use crate::keys::Environment;
use crate::organizations::Organization;
use crate::verification::Reason;
use crate::{Error, Result};

/// One vendor's API.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one line of the vendor's file")]
pub struct Profile {
    /// By which organizations name it.
    pub name: String,
    /// For people.
    pub title: String,
    hosts: Vec<Host>,
    /// Beneath which everything is served.
    pub base_paths: Vec<String>,
    /// Whether calls that come by plain HTTP are refused.
    pub https_only: bool,
    /// The header that carries the key, in lower case.
    pub key_header: String,
    /// The header that carries a pair's secret, where keys are pairs.
    pub secret_header: Option<String>,
    /// Which requests must say that they carry JSON.
    pub content_type: Option<ContentType>,
    /// Whether requests must say that they accept JSON.
    pub accept: bool,
    prefixes: BTreeMap<Environment, String>,
    gates: BTreeMap<Environment, Vec<Gate>>,
    /// Whether the old text of a key that is regenerated may stay good for a while.
    pub may_overlap: bool,
    /// The longest that keys are accepted without word from the database, in milliseconds.
    pub staleness_limit_ms: Option<i64>,
    /// What the vendor calls its number for a tenant, a UUID, where every tenant has one.
    pub tenant_id: Option<String>,
    /// A mark that every document carries.
    pub tag: Option<Tag>,
    /// Whether what programs do to documents stands in the audit log.
    pub audits_documents: bool,
    /// Which calls are logged.
    pub access_log: access_log::Settings,
    login: Option<Login>,
    answers: answers::Answers,
    pub collections: Vec<Collection>,
    pub documents: Vec<Document>,
    pub source: Source,
}

/// Where other programs ask about keys that were presented to them: such questions count as calls of
/// these.
pub const DOORS: [&str; 2] = ["/verify", "/verify/batch"];

/// One of a profile's endpoints, by numbers that last as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId {
    /// The profile's place among all.
    pub profile: u16,
    /// Documents come first, then collections, then one thing of each, then all other paths, then
    /// [`DOORS`].
    pub place: u16,
}

/// A sample endpoint that answers the same to everybody with a key.
#[derive(Debug)]
pub struct Document {
    pub path: String,
    pub body: String,
    /// What a key needs to read it, where keys can be given that alone.
    pub scope: Option<String>,
}

/// Where a profile comes from.
#[derive(Debug)]
pub struct Source {
    /// Its path, or, of a built-in one, its name.
    pub file: String,
    /// What stands there.
    pub text: String,
}

/// Where a profile is served.
#[derive(Debug)]
struct Host {
    /// May begin with `{slug}`.
    pattern: String,
    /// Whose keys alone are taken there.
    environment: Option<Environment>,
}

/// The host that a request was sent to, as the profile understands it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostMatch<'a> {
    /// The slug of the organization whose host it is; none at the vendor's one host.
    pub slug: Option<&'a str>,
    /// Whose keys alone are taken there.
    pub environment: Option<Environment>,
}

impl Profile {
    /// The prefix of keys for this environment; `None` when the vendor does not have it.
    pub fn key_prefix(&self, environment: Environment) -> Option<&str> {
        self.prefixes.get(&environment).map(String::as_str)
    }

    pub fn key_prefixes(&self) -> impl Iterator<Item = &str> {
        self.prefixes.values().map(String::as_str)
    }

    /// The environments that keys can be made for, live first.
    pub fn environments(&self) -> impl Iterator<Item = Environment> {
        self.prefixes.keys().copied()
    }

    /// What has to be signed before there are keys for this environment.
    pub fn gates(&self, environment: Environment) -> &[Gate] {
        self.gates.get(&environment).map_or(&[], Vec::as_slice)
    }

    /// The scopes that a key can be given apart from reading or writing everything.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let pairs = self.collections.iter().filter_map(|collection| collection.scopes.as_ref());
        let pairs = pairs.flat_map(|pair| [pair.read.as_str(), pair.write.as_str()]);
        pairs.chain(self.documents.iter().filter_map(|document| document.scope.as_deref()))
    }

    /// Whether keys are pairs.
    pub fn has_secrets(&self) -> bool {
        self.secret_header.is_some()
    }

    /// Beneath which most is served.
    pub fn base_path(&self) -> &str {
        self.base_paths.first().map_or("", String::as_str)
    }

    /// Whether this host (without port) is one of the profile's.
    pub fn match_host<'a>(&self, host: &'a str) -> Option<HostMatch<'a>> {
        self.hosts.iter().find_map(|known| {
            let environment = known.environment;
            match known.pattern.strip_prefix("{slug}") {
                None => (known.pattern == host).then_some(HostMatch { slug: None, environment }),
                Some(rest) => host
                    .strip_suffix(rest)
                    .filter(|slug| !slug.is_empty())
                    .map(|slug| HostMatch { slug: Some(slug), environment }),
            }
        })
    }

    /// The host by which this organization's live keys call the API, on this machine.
    pub fn host_of(&self, slug: &str) -> String {
        self.host_for(slug, Environment::Live)
    }

    /// The host by which this organization's keys of an environment call the API, on this machine.
    pub fn host_for(&self, slug: &str, environment: Environment) -> String {
        let takes = |host: &&Host| host.environment.is_none_or(|known| known == environment);
        let host = self.hosts.iter().find(takes).or(self.hosts.first());
        host.map(|host| host.pattern.replace("{slug}", slug)).unwrap_or_default()
    }

    /// The number of all paths that the profile does not name; those of [`DOORS`] follow.
    pub fn other_paths(&self) -> usize {
        self.documents.len() + 2 * self.collections.len()
    }

    /// What usage calls the endpoints, by place.
    pub fn endpoint_names(&self) -> impl Iterator<Item = String> {
        let places = self.other_paths() + 1 + DOORS.len();
        (0..places).filter_map(|place| Some(self.endpoint_name(u16::try_from(place).ok()?)))
    }

    /// What usage calls the endpoint at this place; see [`EndpointId`].
    pub fn endpoint_name(&self, place: u16) -> String {
        let door = usize::from(place).checked_sub(self.other_paths() + 1);
        if let Some(door) = door.and_then(|door| DOORS.get(door)) {
            return (*door).to_owned();
        }
        let (place, documents) = (usize::from(place), self.documents.len());
        let collections = self.collections.len();
        if let Some(document) = self.documents.get(place) {
            return document.path.clone();
        }
        let collection = |from: usize| self.collections.get(place.checked_sub(from)?);
        match (collection(documents), collection(documents + collections)) {
            (Some(collection), _) => collection.path.clone(),
            (None, Some(collection)) => format!("{}/{{id}}", collection.path),
            (None, None) => "Other paths".to_owned(),
        }
    }

    /// What a refused request is told.
    pub fn refusal(&self, reason: Reason) -> &Answer {
        self.answers.refusal(reason)
    }

    /// How programs may log in for a token, as long as the vendor has that.
    pub fn login(&self, now_ms: i64) -> Option<&Login> {
        let is_there = |login: &&Login| login.deprecated.ends_at_ms.is_none_or(|end| now_ms < end);
        self.login.as_ref().filter(is_there)
    }

    /// Where they log in, whether the vendor still has that or not.
    pub fn login_path(&self) -> Option<&str> {
        self.login.as_ref().map(|login| login.path.as_str())
    }

    /// The header that may carry a token, whether the vendor still takes them or not.
    pub fn token_header(&self) -> Option<&str> {
        self.login.as_ref().map(|login| login.header.as_str())
    }

    /// What a request that cannot be served is told.
    pub fn problem(&self, problem: Problem) -> &Answer {
        self.answers.problem(problem)
    }

    /// What a request that breaks a rule is told.
    pub fn invalid(&self, message: &str) -> Answer {
        self.answers.invalid(message)
    }

    /// Where it is served: patterns, which may begin with `{slug}`.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|host| host.pattern.as_str())
    }

    /// Whether it came with the program.
    pub fn is_built_in(&self) -> bool {
        load::is_built_in(&self.name)
    }

    /// Reads one file, or says all that is wrong with it.
    pub fn read_file(path: &Path) -> Result<Self, Faults> {
        load::read_file(path).map_err(Faults)
    }
}

/// All profiles that this program knows.
#[derive(Debug)]
pub struct Profiles(Vec<Profile>);

impl Profiles {
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.0.iter()
    }

    /// Those that did not come with the program.
    pub fn own(&self) -> impl Iterator<Item = &Profile> {
        self.iter().filter(|profile| !profile.is_built_in())
    }

    pub fn get(&self, name: &str) -> Option<&Profile> {
        self.0.iter().find(|profile| profile.name == name)
    }

    /// The organization's profile.
    pub fn of(&self, organization: &Organization) -> Result<&Profile> {
        self.get(&organization.profile).ok_or_else(|| {
            Error::Internal(format!("there is no API profile named {:?}", organization.profile))
        })
    }

    /// The profile whose host this is.
    pub fn match_host<'a>(&self, host: &'a str) -> Option<(&Profile, HostMatch<'a>)> {
        self.0.iter().find_map(|profile| Some((profile, profile.match_host(host)?)))
    }

    /// Every profile's prefixes.
    pub fn key_prefixes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(Profile::key_prefixes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_the_documents_own_bytes() -> Result<()> {
        let profiles = Profiles::built_in()?;
        let refusal = |profile: &str, reason| {
            let answer = profiles.get(profile).ok_or(Error::NotFound)?.refusal(reason);
            Ok::<_, Error>((answer.status, answer.body.clone()))
        };
        assert_eq!(
            refusal("delphos", Reason::Unknown)?,
            (401, r#"{"detail":"Invalid or missing API key"}"#.to_owned())
        );
        assert_eq!(
            refusal("deliverty", Reason::Missing)?,
            (
                401,
                r#"{"statusCode":401,"message":"Invalid API key","error":"Unauthorized"}"#
                    .to_owned()
            )
        );
        assert_eq!(refusal("deliverty", Reason::ChannelSuspended)?.0, 403);
        assert_eq!(
            refusal("delivr", Reason::Revoked)?,
            (401, r#"{"error":"Invalid API key"}"#.to_owned())
        );
        assert_eq!(
            refusal("delivr", Reason::WrongSecret)?,
            (401, r#"{"error":"Invalid API secret"}"#.to_owned())
        );
        assert_eq!(
            refusal("delivr", Reason::SecretRequired)?,
            (401, r#"{"error":"API secret is required"}"#.to_owned())
        );
        assert_eq!(
            refusal("novamed", Reason::Expired)?,
            (401, r#"{"success":false,"error":{"message":"Unauthorized. This can happen if the access token is invalid, expired or has been revoked"}}"#.to_owned())
        );
        Ok(())
    }

    #[test]
    fn a_host_names_its_profile_and_its_tenant() -> Result<()> {
        let profiles = Profiles::built_in()?;
        let matched =
            |host| profiles.match_host(host).map(|(profile, host)| (profile.name.as_str(), host));
        assert_eq!(
            matched("st-mary.delphos.app"),
            Some(("delphos", HostMatch { slug: Some("st-mary"), environment: None }))
        );
        assert_eq!(matched("apiv3.delivr.localhost"), Some(("delivr", HostMatch::default())));
        assert_eq!(
            matched("novamed-feapidev.stackmod.info"),
            Some(("novamed", HostMatch { slug: None, environment: Some(Environment::Test) }))
        );
        assert_eq!(matched(".delphos.app"), None);
        assert_eq!(matched("127.0.0.1"), None);
        Ok(())
    }
}
