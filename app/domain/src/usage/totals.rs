//! Sums for an overview.

use serde::{Deserialize, Serialize};

use crate::ids::KeyId;
use crate::members::Member;
use crate::{Backend, Result, database};

/// An organization at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub requests_24h: i64,
    pub refused_24h: i64,
    /// Keys that would be accepted now.
    pub active_keys: i64,
    pub channels: i64,
    /// Whether any request was ever accepted.
    pub ever_used: bool,
}

/// The organization's sums.
pub async fn totals(backend: &Backend, member: &Member) -> Result<Totals> {
    let now = backend.clock.now();
    let day_ago: time::OffsetDateTime = now - time::Duration::HOUR * 24;
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let row = sqlx::query!(
        r#"select
             (select coalesce(sum(requests), 0)::bigint from usage_hours where hour > $1) as "requests!",
             (select coalesce(sum(requests), 0)::bigint from usage_hours
              where hour > $1 and outcome <> 'accepted') as "refused!",
             (select count(*) from api_keys left join channels on channels.id = channel_id
              where api_keys.status = 'ACTIVE' and draining_of is null and coalesce(expires_at > $2, true)
                and coalesce(channels.status = 'ACTIVE', true)) as "active!",
             (select count(*) from channels) as "channels!",
             exists (select from key_activity where last_used_at is not null) as "used!""#,
        day_ago,
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Totals {
        requests_24h: row.requests,
        refused_24h: row.refused,
        active_keys: row.active,
        channels: row.channels,
        ever_used: row.used,
    })
}

/// How much a key was used lately; refused requests count too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTotals {
    pub requests_24h: i64,
    pub requests_7d: i64,
}

/// The sums of the organization's key with this id, its former texts included.
pub async fn key_totals(backend: &Backend, member: &Member, id: KeyId) -> Result<KeyTotals> {
    let now = backend.clock.now();
    let day_ago: time::OffsetDateTime = now - time::Duration::HOUR * 24;
    let week_ago: time::OffsetDateTime = now - time::Duration::DAY * 7;
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let row = sqlx::query!(
        r#"select (coalesce(sum(requests) filter (where hour > $2), 0))::bigint as "day!",
                  coalesce(sum(requests), 0)::bigint as "week!"
           from usage_hours join api_keys on api_keys.id = key_id
           where (key_id = $1 or draining_of = $1) and hour > $3"#,
        id.0,
        day_ago,
        week_ago,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(KeyTotals { requests_24h: row.day, requests_7d: row.week })
}
