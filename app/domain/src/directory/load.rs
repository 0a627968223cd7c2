//! Reading keys, channels and organizations from the database.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::Result;

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
}

/// An organization's row.
#[derive(Debug)]
pub(super) struct OrganizationRow {
    pub id: Uuid,
    pub slug: String,
    pub profile: String,
    pub status: String,
    pub external_id: Option<String>,
}

/// A channel's row.
#[derive(Debug)]
pub(super) struct ChannelRow {
    pub id: Uuid,
    pub status: String,
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
        "select id, slug, profile, status, external_id from organizations
         where $1::uuid[] is null or id = any($1)",
        which.ids() as _
    )
    .fetch_all(connection)
    .await?)
}

pub(super) async fn channels(
    connection: &mut PgConnection,
    which: Which<'_>,
) -> Result<Vec<ChannelRow>> {
    Ok(sqlx::query_as!(
        ChannelRow,
        "select id, status from channels where $1::uuid[] is null or id = any($1)",
        which.ids() as _
    )
    .fetch_all(connection)
    .await?)
}

/// Former texts of regenerated keys come first.
pub(super) async fn keys(connection: &mut PgConnection, which: Which<'_>) -> Result<Vec<KeyRow>> {
    Ok(sqlx::query_as!(
        KeyRow,
        "select id, organization_id, channel_id, environment, scopes, status, digest, secret_digest,
                secret_required, expires_at
         from api_keys where $1::uuid[] is null or id = any($1)
         order by draining_of is null",
        which.ids() as _
    )
    .fetch_all(connection)
    .await?)
}

/// What changed since a snapshot: the rows' ids, by table.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The snapshot that these changes lead to.
    pub snapshot: String,
    pub organizations: Vec<Uuid>,
    pub channels: Vec<Uuid>,
    pub keys: Vec<Uuid>,
}

/// The snapshot that the current transaction sees.
pub(super) async fn snapshot(connection: &mut PgConnection) -> Result<String> {
    Ok(sqlx::query_scalar!(r#"select pg_current_snapshot()::text as "snapshot!""#)
        .fetch_one(connection)
        .await?)
}

/// Every change that the current transaction sees and `since` did not. A transaction that was
/// open at `since` is found when it has committed, however late.
pub(super) async fn changes(connection: &mut PgConnection, since: &str) -> Result<Changes> {
    let rows = sqlx::query!(
        r#"select distinct pg_current_snapshot()::text as "snapshot!", entity as "entity?", entity_id as "entity_id?"
           from (select 1) as one left join key_change
             on xid >= pg_snapshot_xmin($1::text::pg_snapshot)
            and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot)"#,
        since,
    )
    .fetch_all(connection)
    .await?;
    let mut changes = Changes::default();
    for row in rows {
        changes.snapshot = row.snapshot;
        if let (Some(entity), Some(id)) = (row.entity, row.entity_id) {
            match entity.as_str() {
                "organizations" => changes.organizations.push(id),
                "channels" => changes.channels.push(id),
                _ => changes.keys.push(id),
            }
        }
    }
    Ok(changes)
}
