//! The writer's side of the directory: from rows to records.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

use super::load::{ChannelRow, KeyRow, OrganizationRow};
use super::{ChannelState, KeyRecord, OrganizationState, Table};
use crate::channels::ChannelStatus;
use crate::clock::milliseconds;
use crate::ids::{ChannelId, KeyId, OrganizationId};
use crate::keys::digest::KeyDigest;
use crate::keys::{Access, Environment, KeyStatus};
use crate::{Error, Result};

/// The table that requests read, with what the one writer needs to find its way in it by id.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub table: Arc<Table>,
    digests: HashMap<Uuid, KeyDigest>,
    organizations: HashMap<Uuid, Arc<OrganizationState>>,
    channels: HashMap<Uuid, Arc<ChannelState>>,
}

impl Writer {
    pub fn keys(&self) -> usize {
        self.digests.len()
    }

    /// Takes over an organization's row; false when a running table cannot take it, because
    /// records share what has changed, and all must be loaded anew.
    pub fn put_organization(&mut self, row: OrganizationRow) -> bool {
        let active = row.status == "ACTIVE";
        if let Some(known) = self.organizations.get(&row.id) {
            known.active.store(active, Ordering::Release);
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
        };
        self.organizations.insert(row.id, Arc::new(state));
        true
    }

    /// Takes over a channel's row. A status that this program does not know refuses.
    pub fn put_channel(&mut self, row: &ChannelRow) {
        let status = ChannelStatus::named(&row.status).unwrap_or(ChannelStatus::Suspended);
        if let Some(known) = self.channels.get(&row.id) {
            known.set_status(status);
        } else {
            let state = ChannelState::new(ChannelId(row.id), status);
            self.channels.insert(row.id, Arc::new(state));
        }
    }

    /// Takes over a key's row. Its old text stops, unless another key has taken that over: the
    /// former text of one that was regenerated comes first, so that it is never missing.
    pub fn put_key(&mut self, row: KeyRow) -> Result<()> {
        let id = row.id;
        let digest = KeyDigest::try_from(row.digest.clone())?;
        let record = Arc::new(self.record(row)?);
        if let Some(before) = self.digests.insert(id, digest)
            && before != digest
        {
            self.forget(&before, id);
        }
        self.table.pin().insert(digest, record);
        Ok(())
    }

    /// Forgets a key whose row is gone.
    pub fn remove_key(&mut self, id: Uuid) {
        if let Some(digest) = self.digests.remove(&id) {
            self.forget(&digest, id);
        }
    }

    fn forget(&self, digest: &KeyDigest, id: Uuid) {
        let table = self.table.pin();
        if table.get(digest).is_some_and(|record| record.id.0 == id) {
            table.remove(digest);
        }
    }

    fn record(&self, row: KeyRow) -> Result<KeyRecord> {
        let unknown = |what| Error::Internal(format!("key {}: unknown {what}", row.id));
        let organization =
            self.organizations.get(&row.organization_id).ok_or_else(|| unknown("organization"))?;
        let channel = match row.channel_id {
            Some(id) => Some(self.channels.get(&id).ok_or_else(|| unknown("channel"))?),
            None => None,
        };
        Ok(KeyRecord {
            id: KeyId(row.id),
            organization: Arc::clone(organization),
            channel: channel.map(Arc::clone),
            environment: Environment::named(&row.environment)
                .ok_or_else(|| unknown("environment"))?,
            access: Access::of_scopes(&row.scopes).ok_or_else(|| unknown("scope"))?,
            status: KeyStatus::named(&row.status).ok_or_else(|| unknown("status"))?,
            secret_digest: row.secret_digest.clone().map(KeyDigest::try_from).transpose()?,
            secret_required: row.secret_required,
            expires_at_ms: row.expires_at.map_or(i64::MAX, milliseconds),
        })
    }
}
