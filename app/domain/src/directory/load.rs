//! Reading keys, channels and organizations from the database.

use futures_util::TryStreamExt;
use sqlx::PgConnection;
use std::pin::pin;
use uuid::Uuid;

use crate::{Error, Result};

/// A key's row.
#[derive(Debug)]
pub(super) struct KeyRow {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub channel_id: Option<Uuid>,
    pub environment: String,
    pub scopes: Vec<String>,
    pub status: String,
    pub digest: Vec<u8>,
    pub secret_digest: Option<Vec<u8>>,
    pub secret_required: bool,
    pub expires_at: Option<time::OffsetDateTime>,
    pub not_before: Option<time::OffsetDateTime>,
    /// Of the latest scream test, which may be over.
    pub scream_until: Option<time::OffsetDateTime>,
    pub networks: Vec<String>,
    pub rate_limit: Option<i32>,
    pub draining_of: Option<Uuid>,
    /// Of an imported key.
    pub imported_prefix: Option<String>,
    pub created_at: time::OffsetDateTime,
}

/// An organization's row.
#[derive(Debug)]
pub(super) struct OrganizationRow {
    pub id: Uuid,
    pub slug: String,
    pub profile: String,
    pub status: String,
    pub external_id: Option<String>,
    pub staleness_limit_s: i32,
    /// Where a rep has moved the documents to, by environment.
    pub live_datastore: Option<String>,
    pub test_datastore: Option<String>,
    /// What is on record as signed.
    pub gates: Vec<String>,
}

/// A channel's row.
#[derive(Debug)]
pub(super) struct ChannelRow {
    pub id: Uuid,
    pub status: String,
    pub acting_user_id: Option<Uuid>,
    /// Theirs in the channel's organization; none when they do not belong to it.
    pub acting_role: Option<String>,
    /// Counts the passwords of whom it acts as.
    pub acting_epoch: Option<i32>,
}

/// Which rows to read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which<'a> {
    All,
    These(&'a [Uuid]),
}

impl<'a> Which<'a> {
    /// The ids for SQL: null stands for all.
    fn ids(self) -> Option<&'a [Uuid]> {
        match self {
            Self::All => None,
            Self::These(ids) => Some(ids),
        }
    }
}

pub(super) async fn organizations(
    connection: &mut PgConnection,
    which: Which<'_>,
) -> Result<Vec<OrganizationRow>> {
    Ok(sqlx::query_as!(
        OrganizationRow,
        r#"select id, slug, profile, status, external_id, staleness_limit_s,
                  live_datastore, test_datastore,
                  array(select gate from approvals where organization_id = organizations.id) as "gates!"
         from organizations where $1::uuid[] is null or id = any($1)"#,
        which.ids() as _
    )
    .fetch_all(connection)
    .await?)
}

/// The channels that are wanted, and those that act as somebody whose membership, or password, has
/// changed.
pub(super) async fn channels(
    connection: &mut PgConnection,
    which: Which<'_>,
    acting_as: &[Uuid],
) -> Result<Vec<ChannelRow>> {
    Ok(sqlx::query_as!(
        ChannelRow,
        r#"select channels.id, status, acting_user_id, role as "acting_role?", session_epoch as "acting_epoch?"
           from channels left join members
             on members.organization_id = channels.organization_id and user_id = acting_user_id
           left join users on users.id = acting_user_id
           where $1::uuid[] is null or channels.id = any($1) or acting_user_id = any($2)"#,
        which.ids() as _,
        acting_as,
    )
    .fetch_all(connection)
    .await?)
}

/// Hands over the keys one by one, as they arrive: there may be a million.
pub(super) async fn keys(
    connection: &mut PgConnection,
    which: Which<'_>,
    mut take: impl FnMut(KeyRow),
) -> Result<()> {
    let mut rows = pin!(
        sqlx::query_as!(
            KeyRow,
            r#"select id, organization_id, channel_id, environment, scopes, status, digest, secret_digest,
                      secret_required, expires_at, not_before, scream_until, allowed_networks::text[] as "networks!",
                      rate_limit, draining_of, created_at,
                      case when imported then prefix end as imported_prefix
               from api_keys where $1::uuid[] is null or id = any($1)"#,
            which.ids() as _
        )
        .fetch(connection)
    );
    while let Some(row) = rows.try_next().await? {
        take(row);
    }
    Ok(())
}

/// What changed since a snapshot: the rows' ids, by table.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The snapshot that these changes lead to.
    pub snapshot: String,
    pub organizations: Vec<Uuid>,
    pub channels: Vec<Uuid>,
    /// Users whose membership, somewhere, or password changed.
    pub members: Vec<Uuid>,
    /// Keys as they are now, without those that are gone: they come along with the changes, so that a
    /// revocation is known a round trip sooner.
    pub keys: Vec<KeyRow>,
    /// Keys that have still to be read, where there are too many changes, of whatever, for that.
    pub further: Vec<Uuid>,
    /// The texts that the changed keys had.
    pub texts: Vec<Vec<u8>>,
}

/// So many changes come along with their keys' rows. Tests need not make as many.
const ALONG: i64 = if cfg!(test) { 3 } else { 1_000 };

/// The snapshot that the current transaction sees.
pub(super) async fn snapshot(connection: &mut PgConnection) -> Result<String> {
    Ok(sqlx::query_scalar!(r#"select pg_current_snapshot()::text as "snapshot!""#)
        .fetch_one(connection)
        .await?)
}

/// Every change that the current transaction sees and `since` did not. A transaction that was
/// open at `since` is found when it has committed, however late.
pub(super) async fn changes(connection: &mut PgConnection, since: &str) -> Result<Changes> {
    // Whatever the planner makes of it, only rows that are wanted are looked at: `offset 0` keeps it
    // from joining with all keys.
    let mut rows = pin!(
        sqlx::query!(
            r#"select pg_current_snapshot()::text as "snapshot!", place as "place?", entity as "entity?",
                      entity_id as "entity_id?", change.digest as "text?",
                      key.id as "id?", organization_id as "organization_id?", channel_id as "channel_id?",
                      environment as "environment?", scopes as "scopes?", status as "status?", key.digest as "digest?",
                      secret_digest as "secret_digest?", secret_required as "secret_required?", expires_at as "expires_at?",
                      not_before as "not_before?", scream_until as "scream_until?", networks as "networks?",
                      rate_limit as "rate_limit?", draining_of as "draining_of?", imported_prefix as "imported_prefix?",
                      created_at as "created_at?"
               from (select 1) as one
               left join (select row_number() over () as place, entity, entity_id, digest
                          from (select distinct entity, entity_id, digest from key_change
                                where xid >= pg_snapshot_xmin($1::text::pg_snapshot)
                                  and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot)) as found) as change on true
               left join lateral (select id, organization_id, channel_id, environment, scopes, status, digest,
                                         secret_digest, secret_required, expires_at, not_before, scream_until,
                                         allowed_networks::text[] as networks, rate_limit, draining_of, created_at,
                                         case when imported then prefix end as imported_prefix
                                  from api_keys where entity = 'api_keys' and id = entity_id and place <= $2
                                  offset 0) as key on true"#,
            since,
            ALONG,
        )
        .fetch(connection)
    );
    let mut changes = Changes::default();
    while let Some(row) = rows.try_next().await? {
        changes.snapshot = row.snapshot;
        let (Some(entity), Some(entity_id)) = (row.entity, row.entity_id) else { continue };
        changes.texts.extend(row.text);
        match entity.as_str() {
            "organizations" => changes.organizations.push(entity_id),
            "channels" => changes.channels.push(entity_id),
            "members" => changes.members.push(entity_id),
            _ if row.place > Some(ALONG) => changes.further.push(entity_id),
            _ => {
                // Gone.
                let Some(id) = row.id else { continue };
                let read = || {
                    Some(KeyRow {
                        id,
                        organization_id: row.organization_id?,
                        channel_id: row.channel_id,
                        environment: row.environment?,
                        scopes: row.scopes?,
                        status: row.status?,
                        digest: row.digest?,
                        secret_digest: row.secret_digest,
                        secret_required: row.secret_required?,
                        expires_at: row.expires_at,
                        not_before: row.not_before,
                        scream_until: row.scream_until,
                        networks: row.networks?,
                        rate_limit: row.rate_limit,
                        draining_of: row.draining_of,
                        imported_prefix: row.imported_prefix,
                        created_at: row.created_at?,
                    })
                };
                let lacks = || Error::Internal(format!("key {id}: its row lacks something"));
                changes.keys.push(read().ok_or_else(lacks)?);
            }
        }
    }
    Ok(changes)
}
