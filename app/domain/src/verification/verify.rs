//! The check itself: memory only, no database, no allocation, no lock.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use subtle::ConstantTimeEq;

use crate::Backend;
use crate::channels::ChannelStatus;
use crate::directory::{ChannelState, KeyRecord};
use crate::keys::text::is_well_formed;
use crate::keys::{Access, KeyStatus};
use crate::profiles::Profile;
use crate::verification::{Outcome, Reason};

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

/// What the request needs from the key. The default asks for nothing in particular.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand<'a> {
    /// The profile whose address was called; without one, any profile's key will do.
    pub profile: Option<&'a Profile>,
    /// The organization whose address was called.
    pub slug: Option<&'a str>,
    pub read: bool,
    pub write: bool,
}

/// What an accepted key is allowed to be.
pub type Grant = Arc<KeyRecord>;

/// The answer to what was presented.
#[derive(Clone, Debug)]
pub enum Verdict {
    Accepted(Grant),
    /// With the key where it was recognized, so that its owner can be told.
    Refused(Reason, Option<Grant>),
}

impl Verdict {
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Accepted(_) => Outcome::Accepted,
            Self::Refused(reason, _) => Outcome::Refused(*reason),
        }
    }
}

/// Judges what was presented and counts the outcome on the key, when there is one.
pub fn verify(backend: &Backend, presented: Presented<'_>, demand: Demand<'_>) -> Verdict {
    let now_ms = backend.clock.now_ms();
    let record = match recognize(backend, presented.key, demand.profile, now_ms) {
        Ok(record) => record,
        Err(reason) => return Verdict::Refused(reason, None),
    };
    let verdict = match judge(backend, &record, presented.secret, demand, now_ms) {
        None => Verdict::Accepted(record),
        Some(reason) => Verdict::Refused(reason, Some(record)),
    };
    if let Verdict::Accepted(record) | Verdict::Refused(_, Some(record)) = &verdict {
        backend.recorder.count(record, verdict.outcome(), now_ms);
    }
    verdict
}

fn recognize(
    backend: &Backend,
    key: Option<&[u8]>,
    profile: Option<&Profile>,
    now_ms: i64,
) -> Result<Grant, Reason> {
    if backend.directory.is_stale(now_ms) {
        return Err(Reason::Stale);
    }
    let key = key.filter(|key| !key.is_empty()).ok_or(Reason::Missing)?;
    let well_formed = match profile {
        Some(profile) => profile.key_prefixes().any(|prefix| is_well_formed(key, prefix)),
        None => backend.profiles.key_prefixes().any(|prefix| is_well_formed(key, prefix)),
    };
    if !well_formed {
        return Err(Reason::Malformed);
    }
    backend.directory.find(&backend.pepper.digest(key)).ok_or(Reason::Unknown)
}

fn judge(
    backend: &Backend,
    record: &KeyRecord,
    secret: Option<&[u8]>,
    demand: Demand<'_>,
    now_ms: i64,
) -> Option<Reason> {
    let organization = &record.organization;
    if demand.profile.is_some_and(|profile| *profile.name != *organization.profile)
        || demand.slug.is_some_and(|slug| *slug != *organization.slug)
    {
        return Some(Reason::WrongTenant);
    }
    secret_refusal(backend, record, secret)
        .or_else(|| key_refusal(record, now_ms))
        .or_else(|| {
            (!organization.active.load(Ordering::Acquire)).then_some(Reason::OrganizationSuspended)
        })
        .or_else(|| record.channel.as_deref().and_then(channel_refusal))
        .or_else(|| scope_refusal(record.access, demand))
}

fn secret_refusal(backend: &Backend, record: &KeyRecord, secret: Option<&[u8]>) -> Option<Reason> {
    let kept = record.secret_digest?;
    match secret.filter(|secret| !secret.is_empty()) {
        Some(secret) => {
            let same: bool = backend.pepper.digest(secret).0.ct_eq(&kept.0).into();
            (!same).then_some(Reason::WrongSecret)
        }
        None => record.secret_required.then_some(Reason::SecretRequired),
    }
}

fn key_refusal(record: &KeyRecord, now_ms: i64) -> Option<Reason> {
    match record.status {
        KeyStatus::Revoked => Some(Reason::Revoked),
        KeyStatus::Disabled => Some(Reason::Disabled),
        KeyStatus::Active => (record.expires_at_ms <= now_ms).then_some(Reason::Expired),
    }
}

fn channel_refusal(channel: &ChannelState) -> Option<Reason> {
    match channel.status() {
        ChannelStatus::Active => None,
        ChannelStatus::Inactive => Some(Reason::ChannelInactive),
        ChannelStatus::Suspended => Some(Reason::ChannelSuspended),
    }
}

fn scope_refusal(access: Access, demand: Demand<'_>) -> Option<Reason> {
    let refused = (demand.read && !access.may_read()) || (demand.write && !access.may_write());
    refused.then_some(Reason::OutOfScope)
}
