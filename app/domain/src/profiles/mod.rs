//! API profiles: what a vendor's API looks like from outside, as data. Adding a vendor means
//! adding a file.

mod answers;
mod parse;

pub use answers::{Answer, Problem};

use std::collections::BTreeMap;

use crate::approvals::Gate;
use crate::keys::Environment;
use crate::organizations::Organization;
use crate::verification::Reason;
use crate::{Error, Result};

/// One vendor's API.
#[derive(Debug)]
pub struct Profile {
    /// By which organizations name it.
    pub name: String,
    /// For people.
    pub title: String,
    hosts: Vec<String>,
    /// Under which the collections live.
    pub base_path: String,
    /// The header that carries the key, in lower case.
    pub key_header: String,
    /// The header that carries a pair's secret, where keys are pairs.
    pub secret_header: Option<String>,
    prefixes: BTreeMap<Environment, String>,
    gates: BTreeMap<Environment, Vec<Gate>>,
    /// Whether the old text of a key that is regenerated may stay good for a while.
    pub may_overlap: bool,
    /// What the vendor calls its number for a tenant, a UUID, where every tenant has one.
    pub tenant_id: Option<String>,
    answers: answers::Answers,
    pub collections: Vec<Collection>,
    pub documents: Vec<Document>,
}

/// A sample endpoint that keeps JSON objects.
#[derive(Debug)]
pub struct Collection {
    pub name: String,
    pub path: String,
    /// What a key needs to read and to write it, where keys can be given that alone.
    pub scopes: Option<ScopePair>,
    list: answers::Template,
}

/// Two scopes of the form `resource:action`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopePair {
    pub read: String,
    pub write: String,
}

/// A sample endpoint that answers the same to everybody with a key.
#[derive(Debug)]
pub struct Document {
    pub path: String,
    pub body: String,
}

/// The host that a request was sent to, as the profile understands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostMatch<'a> {
    /// The vendor's one host.
    Shared,
    /// The host of the organization with this slug.
    Tenant(&'a str),
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
        pairs.flat_map(|pair| [pair.read.as_str(), pair.write.as_str()])
    }

    /// Whether keys are pairs.
    pub fn has_secrets(&self) -> bool {
        self.secret_header.is_some()
    }

    /// Whether this host (without port) is one of the profile's.
    pub fn match_host<'a>(&self, host: &'a str) -> Option<HostMatch<'a>> {
        self.hosts.iter().find_map(|pattern| match pattern.strip_prefix("{slug}") {
            None => (pattern == host).then_some(HostMatch::Shared),
            Some(rest) => {
                host.strip_suffix(rest).filter(|slug| !slug.is_empty()).map(HostMatch::Tenant)
            }
        })
    }

    /// The host by which this organization calls the API, on this machine.
    pub fn host_of(&self, slug: &str) -> String {
        self.hosts.first().map(|host| host.replace("{slug}", slug)).unwrap_or_default()
    }

    /// What a refused request is told.
    pub fn refusal(&self, reason: Reason) -> &Answer {
        self.answers.refusal(reason)
    }

    /// What a request that cannot be served is told.
    pub fn problem(&self, problem: Problem) -> &Answer {
        self.answers.problem(problem)
    }

    /// A 400 with a message of its own.
    pub fn bad_request(&self, message: &str) -> String {
        self.answers.render(400, message)
    }
}

impl Collection {
    /// What a key needs for a request that writes, or for one that only reads.
    pub fn scope(&self, write: bool) -> Option<&str> {
        let pair = self.scopes.as_ref()?;
        Some(if write { &pair.write } else { &pair.read })
    }

    /// The answer that lists these documents, each of which is JSON already.
    pub fn render_list(&self, documents: &[String], next_cursor: Option<&str>) -> String {
        let items = format!("[{}]", documents.join(","));
        let cursor = serde_json::Value::from(next_cursor).to_string();
        self.list.render(&[("items", &items), ("next_cursor", &cursor)])
    }
}

/// All profiles that this program knows.
#[derive(Debug)]
pub struct Profiles(Vec<Profile>);

impl Profiles {
    /// The five that are built in.
    pub fn built_in() -> Result<Self> {
        [
            include_str!("../../profiles/delphos.toml"),
            include_str!("../../profiles/clinikapi.toml"),
            include_str!("../../profiles/deliverty.toml"),
            include_str!("../../profiles/delivr.toml"),
            include_str!("../../profiles/novamed.toml"),
        ]
        .into_iter()
        .map(parse::parse)
        .collect::<Result<_>>()
        .map(Self)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.0.iter()
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
        assert_eq!(matched("st-mary.delphos.app"), Some(("delphos", HostMatch::Tenant("st-mary"))));
        assert_eq!(matched("apiv3.delivr.localhost"), Some(("delivr", HostMatch::Shared)));
        assert_eq!(matched(".delphos.app"), None);
        assert_eq!(matched("127.0.0.1"), None);
        Ok(())
    }
}
