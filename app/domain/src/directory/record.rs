//! What the directory holds of a key, and what many keys share.

use arc_swap::ArcSwapOption;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU8, Ordering};

use super::limit::Limit;
use crate::channels::ChannelStatus;
use crate::ids::{ChannelId, KeyId, OrganizationId};
use crate::keys::digest::Fingerprint;
use crate::keys::{Access, Environment, KeyStatus};
use crate::members::Role;

/// All that verification needs to know of a key. There may be a million: what few keys have
/// stands apart.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    pub id: KeyId,
    pub organization: Arc<OrganizationState>,
    pub channel: Option<Arc<ChannelState>>,
    pub conditions: Option<Arc<Conditions>>,
    /// `i64::MAX` when it never expires.
    pub expires_at_ms: i64,
    pub secret_digest: Option<Fingerprint>,
    pub secret_required: bool,
    pub environment: Environment,
    pub access: Access,
    pub status: KeyStatus,
}

impl KeyRecord {
    /// Its scopes as vendors' documents write them.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let plain = (self.access != Access::Listed).then(|| self.access.as_str());
        plain.into_iter().chain(self.listed().iter().map(AsRef::as_ref))
    }

    pub(crate) fn listed(&self) -> &[Box<str>] {
        self.conditions.as_deref().map_or(&[], |conditions| &conditions.listed)
    }

    /// For a former text of a regenerated key: since when it is one, in milliseconds since
    /// 1970-01-01 UTC.
    pub fn draining_since_ms(&self) -> Option<i64> {
        self.conditions.as_deref().and_then(|conditions| conditions.draining_since_ms)
    }
}

/// What a key demands beyond its text.
#[derive(Debug)]
pub struct Conditions {
    /// `i64::MIN` when it is good from the start.
    pub not_before_ms: i64,
    /// Until when a scream test has it refused; `i64::MIN` when none does.
    pub scream_until_ms: i64,
    /// From where it may be used; from anywhere where it is empty.
    pub networks: Box<[IpNet]>,
    /// Scopes of the form `resource:action`.
    pub listed: Box<[Box<str>]>,
    pub limit: Option<Arc<Limit>>,
    pub draining_since_ms: Option<i64>,
}

impl Conditions {
    /// Whether it may be used from there; from nowhere in particular only if it may be used from
    /// anywhere.
    pub fn allow_from(&self, ip: Option<IpAddr>) -> bool {
        // An IPv4 address looks like IPv6 to a listener for both.
        let within = |ip: IpAddr| {
            let ip = ip.to_canonical();
            self.networks.iter().any(|network| network.contains(&ip))
        };
        self.networks.is_empty() || ip.is_some_and(within)
    }
}

/// An organization, shared by its keys: suspending it changes one value.
#[derive(Debug)]
pub struct OrganizationState {
    pub id: OrganizationId,
    pub slug: Box<str>,
    pub profile: Box<str>,
    pub external_id: Option<Box<str>>,
    pub(super) active: AtomicBool,
    pub(super) staleness_limit_ms: AtomicI64,
    /// By environment: whether something has to be signed first.
    pub(super) closed: [AtomicBool; 2],
    /// By environment: the datastore that a rep has moved its documents to.
    pub(super) moved_to: [ArcSwapOption<String>; 2],
}

impl OrganizationState {
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// For how long its keys are accepted without word from the database.
    pub fn staleness_limit_ms(&self) -> i64 {
        self.staleness_limit_ms.load(Ordering::Relaxed)
    }

    /// The datastore that a rep has moved its documents of this environment to.
    pub fn moved_to(&self, environment: Environment) -> Option<Arc<String>> {
        self.moved_to[environment as usize].load_full()
    }

    /// Whether something that the profile demands before such keys is not on record.
    pub fn is_closed(&self, environment: Environment) -> bool {
        self.closed[environment as usize].load(Ordering::Acquire)
    }
}

/// A channel, shared by its keys.
#[derive(Debug)]
pub struct ChannelState {
    pub id: ChannelId,
    status: AtomicU8,
    permission: AtomicU8,
    /// [`NOBODY`] where it acts as nobody.
    acting_epoch: AtomicI32,
}

/// In the place of a count, which is never negative.
const NOBODY: i32 = -1;

/// What the person that a channel acts as lets its keys do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// All that the key itself may.
    All,
    /// Reading only.
    Read,
    /// Nothing: they do not belong to the organization any more.
    Nothing,
}

impl Permission {
    /// What somebody of this role lets keys do.
    pub fn of(role: Role) -> Self {
        match role {
            Role::Owner | Role::Admin | Role::Developer => Self::All,
            Role::Viewer => Self::Read,
        }
    }

    /// Whether a request that writes, or one that only reads, is let through.
    pub fn allows(self, write: bool) -> bool {
        match self {
            Self::All => true,
            Self::Read => !write,
            Self::Nothing => false,
        }
    }
}

impl ChannelState {
    pub(super) fn new(
        id: ChannelId,
        status: ChannelStatus,
        permission: Permission,
        acting_epoch: Option<i32>,
    ) -> Self {
        Self {
            id,
            status: AtomicU8::new(status as u8),
            permission: AtomicU8::new(permission as u8),
            acting_epoch: AtomicI32::new(acting_epoch.unwrap_or(NOBODY)),
        }
    }

    pub fn status(&self) -> ChannelStatus {
        let status = self.status.load(Ordering::Acquire);
        ChannelStatus::ALL
            .into_iter()
            .find(|known| *known as u8 == status)
            .unwrap_or(ChannelStatus::Suspended)
    }

    pub fn permission(&self) -> Permission {
        let permission = self.permission.load(Ordering::Acquire);
        [Permission::All, Permission::Read]
            .into_iter()
            .find(|known| *known as u8 == permission)
            .unwrap_or(Permission::Nothing)
    }

    /// Whether it acts as somebody who still has the password, or sessions, of this number.
    pub fn is_of_epoch(&self, epoch: i32) -> bool {
        epoch != NOBODY && self.acting_epoch.load(Ordering::Acquire) == epoch
    }

    pub(super) fn set(
        &self,
        status: ChannelStatus,
        permission: Permission,
        acting_epoch: Option<i32>,
    ) {
        self.status.store(status as u8, Ordering::Release);
        self.permission.store(permission as u8, Ordering::Release);
        self.acting_epoch.store(acting_epoch.unwrap_or(NOBODY), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(networks: &[&str]) -> Conditions {
        Conditions {
            not_before_ms: i64::MIN,
            scream_until_ms: i64::MIN,
            networks: networks.iter().filter_map(|network| network.parse().ok()).collect(),
            listed: Box::default(),
            limit: None,
            draining_since_ms: None,
        }
    }

    #[test]
    fn networks_are_of_both_kinds() {
        let conditions = from(&["203.0.113.0/24", "2001:db8::/32"]);
        let allowed = |ip: &str| conditions.allow_from(ip.parse().ok());
        for ip in ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1"] {
            assert!(allowed(ip), "{ip}");
        }
        for ip in ["203.0.114.7", "::ffff:203.0.114.7", "2001:db9::1", "::1"] {
            assert!(!allowed(ip), "{ip}");
        }
        assert!(!conditions.allow_from(None), "nobody knows from where");
        assert!(from(&[]).allow_from(None));
        assert!(from(&["0.0.0.0/0"]).allow_from("::ffff:10.0.0.1".parse().ok()));
    }
}
