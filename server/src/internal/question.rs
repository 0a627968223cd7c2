//! What others ask of a key, and what they are told.

use domain::Backend;
use domain::ids::{ChannelId, KeyId, OrganizationId};
use domain::keys::Environment;
use domain::profiles::Profile;
use domain::verification::{Demand, Grant, Presented, Reason, Verdict, verify};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::net::IpAddr;
use time::OffsetDateTime;

use super::need::Need;

/// What was presented, and what it is wanted for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question<'a> {
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow)]
    secret: Option<Text<'a>>,
    /// The API profile that the key must belong to.
    #[serde(borrow)]
    profile: Option<Text<'a>>,
    /// The organization that the key must belong to, by its slug.
    #[serde(borrow)]
    organization: Option<Text<'a>>,
    /// What the key must be allowed to do.
    #[serde(borrow)]
    scope: Option<Text<'a>>,
    #[serde(borrow, default)]
    scopes: Vec<Text<'a>>,
    /// The HTTP method: without scopes, reading or writing is asked of the key accordingly.
    #[serde(borrow)]
    method: Option<Text<'a>>,
    /// With a method: the endpoint's own scope is asked of the key, as the API itself would.
    #[serde(borrow)]
    path: Option<Text<'a>>,
    /// Which of the organization's two worlds the key must be of.
    environment: Option<Environment>,
    /// Who presented it. Without it, keys that are bound to networks are refused.
    ip: Option<IpAddr>,
}

/// The fields of a question, for those who got them wrong.
pub const FIELDS: &str = "key, secret, profile, organization, scope, method, path, environment (live or test) and ip, all texts, and scopes, a list of texts";

/// Text that is copied only where JSON has escaped something in it.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Question<'_> {
    /// As verification takes it, or what cannot be asked.
    pub fn check<'q>(&'q self, backend: &'q Backend) -> Result<Checked<'q>, &'static str> {
        let profile = match self.profile.as_deref().map(|name| backend.profiles.get(name)) {
            Some(None) => return Err("there is no such profile"),
            profile => profile.flatten(),
        };
        if self.path.as_deref().is_some_and(|path| !path.starts_with('/')) {
            return Err("path should begin with a slash");
        }
        let by_method = self.method.as_deref().map(Need::of_method).transpose()?;
        let scopes = self.scope.iter().chain(&self.scopes).map(std::ops::Deref::deref);
        let by_scopes = Need::of_scopes(scopes)?;
        let path = self.path.as_deref().and_then(|path| path.split(['?', '#']).next());
        let path = path.filter(|_| by_scopes.is_none() && by_method.is_some());
        let need = by_scopes.or(by_method).unwrap_or_default();
        let demand = Demand {
            profile,
            slug: self.organization.as_deref(),
            read: need.read,
            write: need.write,
            scope: need.scope,
            path,
            environment: self.environment,
            ip: self.ip.map(|ip| ip.to_canonical()),
        };
        let presented = Presented {
            key: self.key.as_deref().map(str::as_bytes),
            secret: self.secret.as_deref().map(str::as_bytes),
        };
        Ok(Checked { presented, demand })
    }
}

/// A question that can be answered.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'q> {
    presented: Presented<'q>,
    demand: Demand<'q>,
}

impl<'q> Checked<'q> {
    /// Of which API the key must be, where that is asked for.
    pub fn profile(&self) -> Option<&'q Profile> {
        self.demand.profile
    }

    /// Who presented the key.
    pub fn ip(&self) -> Option<IpAddr> {
        self.demand.ip
    }

    /// Judges and counts like a request of the API would be.
    pub fn judge(self, backend: &Backend) -> Verdict {
        verify(backend, self.presented, self.demand)
    }
}

/// A verdict as it is told.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Told<'a> {
    Valid(Valid<'a>),
    Invalid(Invalid),
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the answer has a field of this name")]
pub struct Valid<'a> {
    valid: bool,
    key_id: KeyId,
    organization: &'a str,
    organization_id: OrganizationId,
    profile: &'a str,
    channel_id: Option<ChannelId>,
    environment: Environment,
    scopes: Vec<&'a str>,
    /// Whether it is a former text, which ends soon.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    draining: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
}

#[derive(Serialize)]
pub struct Invalid {
    valid: bool,
    reason: Reason,
    /// When to come again, where the key's limit is used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
}

impl<'a> From<&'a Verdict> for Told<'a> {
    fn from(verdict: &'a Verdict) -> Self {
        match verdict {
            Verdict::Accepted(record) => Self::Valid(Valid {
                valid: true,
                key_id: record.id,
                organization: &record.organization.slug,
                organization_id: record.organization.id,
                profile: &record.organization.profile,
                channel_id: record.channel.as_ref().map(|channel| channel.id),
                environment: record.environment,
                scopes: record.scopes().collect(),
                draining: record.draining_since_ms().is_some(),
                expires_at: moment(record.expires_at_ms),
            }),
            Verdict::Refused(reason, key) => Self::Invalid(Invalid {
                valid: false,
                reason: *reason,
                retry_after_s: key.as_ref().and_then(retry_after_s),
            }),
        }
    }
}

fn retry_after_s(key: &Grant) -> Option<u64> {
    key.allowance.filter(|allowance| !allowance.granted).map(|allowance| allowance.reset_s)
}

/// `None` for what is further than time goes: never.
fn moment(ms: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).ok()
}
