//! The writer's side of the directory: from rows to records.

use arc_swap::ArcSwapOption;
use ipnet::IpNet;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use uuid::Uuid;

use super::limit::{Limit, Limits};
use super::load::{ChannelRow, KeyRow, OrganizationRow};
use super::prefixes::Prefixes;
use super::{ChannelState, Conditions, KeyRecord, OrganizationState, Permission, Table};
use crate::channels::ChannelStatus;
use crate::clock::{Clock, milliseconds};
use crate::ids::{ChannelId, KeyId, OrganizationId};
use crate::keys::digest::{Fingerprint, KeyDigest};
use crate::keys::{Access, Environment, KeyStatus, is_listed};
use crate::members::Role;
use crate::profiles::Profiles;
use crate::{Error, Result};

/// In the order of [`OrganizationState`]'s flags.
const ENVIRONMENTS: [Environment; 2] = [Environment::Live, Environment::Test];

/// The table that requests read, and what its records share.
#[derive(Debug)]
pub(super) struct Writer {
    pub table: Arc<Table>,
    limits: Arc<Limits>,
    organizations: HashMap<Uuid, Arc<OrganizationState>>,
    channels: HashMap<Uuid, Arc<ChannelState>>,
    /// How imported keys begin, and whether requests have still to be told.
    pub imported: Prefixes,
    pub imported_changed: bool,
    /// Which gates stand before keys.
    profiles: Arc<Profiles>,
    /// That limits go by.
    clock: Clock,
}

impl Writer {
    /// An empty table. Limits go on as they are used up.
    pub fn new(limits: Arc<Limits>, profiles: Arc<Profiles>, clock: Clock) -> Self {
        limits.forget_unused();
        Self {
            table: Arc::default(),
            limits,
            organizations: HashMap::new(),
            channels: HashMap::new(),
            imported: Prefixes::default(),
            imported_changed: true,
            profiles,
            clock,
        }
    }

    pub fn keys(&self) -> usize {
        self.table.len()
    }

    /// All organizations, as the records share them.
    pub fn organizations(&self) -> Arc<Vec<Arc<OrganizationState>>> {
        Arc::new(self.organizations.values().map(Arc::clone).collect())
    }

    /// Takes over an organization's row; false when a running table cannot take it, because
    /// records share what has changed, and all must be loaded anew.
    pub fn put_organization(&mut self, row: OrganizationRow) -> bool {
        let active = row.status == "ACTIVE";
        let closed = ENVIRONMENTS.map(|environment| self.is_closed(&row, environment));
        let staleness_limit_ms = self.staleness_limit_ms(&row);
        let moved_to = [&row.live_datastore, &row.test_datastore];
        let moved_to = moved_to.map(|name| name.clone().map(Arc::new));
        if let Some(known) = self.organizations.get(&row.id) {
            known.active.store(active, Ordering::Release);
            known.staleness_limit_ms.store(staleness_limit_ms, Ordering::Relaxed);
            for (known, closed) in known.closed.iter().zip(closed) {
                known.store(closed, Ordering::Release);
            }
            for (known, name) in known.moved_to.iter().zip(moved_to) {
                known.store(name);
            }
            return *known.slug == *row.slug
                && *known.profile == *row.profile
                && known.external_id.as_deref() == row.external_id.as_deref();
        }
        let state = OrganizationState {
            id: OrganizationId(row.id),
            slug: row.slug.into(),
            profile: row.profile.into(),
            external_id: row.external_id.map(Into::into),
            active: AtomicBool::new(active),
            staleness_limit_ms: AtomicI64::new(staleness_limit_ms),
            closed: closed.map(AtomicBool::new),
            moved_to: moved_to.map(ArcSwapOption::new),
        };
        self.organizations.insert(row.id, Arc::new(state));
        true
    }

    /// The organization's, as far as the vendor lets it choose.
    fn staleness_limit_ms(&self, row: &OrganizationRow) -> i64 {
        let chosen = i64::from(row.staleness_limit_s) * 1_000;
        let most = self.profiles.get(&row.profile).and_then(|it| it.staleness_limit_ms);
        most.map_or(chosen, |most| chosen.min(most))
    }

    /// Whether something that the profile demands before such keys is not on record.
    fn is_closed(&self, row: &OrganizationRow, environment: Environment) -> bool {
        let gates = self.profiles.get(&row.profile).map_or(&[][..], |it| it.gates(environment));
        gates.iter().any(|gate| !row.gates.iter().any(|signed| signed == gate.as_str()))
    }

    /// Takes over a channel's row. What this program does not know refuses.
    pub fn put_channel(&mut self, row: &ChannelRow) {
        let status = ChannelStatus::named(&row.status).unwrap_or(ChannelStatus::Suspended);
        let permission = match (&row.acting_user_id, &row.acting_role) {
            (None, _) => Permission::All,
            (Some(_), Some(role)) => Role::named(role).map_or(Permission::Nothing, Permission::of),
            (Some(_), None) => Permission::Nothing,
        };
        if let Some(known) = self.channels.get(&row.id) {
            known.set(status, permission, row.acting_epoch);
        } else {
            let id = ChannelId(row.id);
            let state = ChannelState::new(id, status, permission, row.acting_epoch);
            self.channels.insert(row.id, Arc::new(state));
        }
    }

    /// Takes over a key's row. One that cannot be understood must not keep all others from being
    /// followed; and such a key must not be accepted as what it was before.
    pub fn put_key(&mut self, row: &KeyRow) {
        if let Some(prefix) = &row.imported_prefix {
            self.imported_changed |= self.imported.add(prefix);
        }
        let put = fingerprint(&row.digest).and_then(|fingerprint| {
            let record = self.record(row)?;
            self.table.pin().insert(fingerprint, record);
            Ok(())
        });
        if let Err(error) = put {
            self.forget(&row.digest);
            tracing::error!(%error, key = %row.id, "a key's row cannot be understood; the key is refused");
        }
    }

    /// Forgets the texts that changed keys had, but for those that a key still has: a text may have
    /// gone over to another key, as that of one which was regenerated does.
    pub fn forget_old(&mut self, texts: &[Vec<u8>], kept: &HashSet<Vec<u8>>) {
        for text in texts.iter().filter(|text| !kept.contains(*text)) {
            self.forget(text);
        }
    }

    fn forget(&mut self, digest: &[u8]) {
        if let Ok(text) = fingerprint(digest) {
            self.table.pin().remove(&text);
        }
    }

    fn record(&self, row: &KeyRow) -> Result<KeyRecord> {
        let unknown = |what| Error::Internal(format!("key {}: unknown {what}", row.id));
        let organization =
            self.organizations.get(&row.organization_id).ok_or_else(|| unknown("organization"))?;
        let channel = match row.channel_id {
            Some(id) => Some(self.channels.get(&id).ok_or_else(|| unknown("channel"))?),
            None => None,
        };
        let secret_digest = row.secret_digest.as_deref().map(self::fingerprint).transpose()?;
        Ok(KeyRecord {
            id: KeyId(row.id),
            organization: Arc::clone(organization),
            channel: channel.map(Arc::clone),
            conditions: self.conditions(row)?,
            environment: Environment::named(&row.environment)
                .ok_or_else(|| unknown("environment"))?,
            access: Access::of_scopes(&row.scopes).ok_or_else(|| unknown("scope"))?,
            status: KeyStatus::named(&row.status).ok_or_else(|| unknown("status"))?,
            secret_digest,
            secret_required: row.secret_required,
            expires_at_ms: row.expires_at.map_or(i64::MAX, milliseconds),
        })
    }

    /// Most keys have none, which costs nothing.
    fn conditions(&self, row: &KeyRow) -> Result<Option<Arc<Conditions>>> {
        let listed: Box<[_]> = row
            .scopes
            .iter()
            .filter(|scope| is_listed(scope))
            .map(|scope| (**scope).into())
            .collect();
        // One that is over is nothing to remember.
        let scream_until = row.scream_until.map(milliseconds);
        let scream_until = scream_until.filter(|until_ms| *until_ms > self.clock.now_ms());
        let any = !listed.is_empty()
            || scream_until.is_some()
            || row.not_before.is_some()
            || !row.networks.is_empty()
            || row.rate_limit.is_some()
            || row.draining_of.is_some();
        if !any {
            return Ok(None);
        }
        let network = |text: &String| {
            text.parse::<IpNet>()
                .map_err(|_| Error::Internal(format!("key {}: not a network", row.id)))
        };
        Ok(Some(Arc::new(Conditions {
            not_before_ms: row.not_before.map_or(i64::MIN, milliseconds),
            scream_until_ms: scream_until.unwrap_or(i64::MIN),
            networks: row.networks.iter().map(network).collect::<Result<_>>()?,
            listed,
            limit: self.limit(row),
            draining_since_ms: row.draining_of.map(|_| milliseconds(row.created_at)),
        })))
    }

    /// The key's limit as it is used up so far. A text that was regenerated takes from the same one:
    /// two texts are no two limits.
    fn limit(&self, row: &KeyRow) -> Option<Arc<Limit>> {
        let per_minute = row.rate_limit.and_then(|limit| u32::try_from(limit).ok())?;
        let key = row.draining_of.unwrap_or(row.id);
        Some(self.limits.of(key, NonZeroU32::new(per_minute)?, &self.clock))
    }
}

fn fingerprint(digest: &[u8]) -> Result<Fingerprint> {
    KeyDigest::try_from(digest.to_vec()).map(|digest| digest.fingerprint())
}
