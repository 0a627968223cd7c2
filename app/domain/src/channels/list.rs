//! An organization's channels.

use crate::channels::ChannelStatus;
use crate::ids::ChannelId;
use crate::members::Member;
use crate::{Backend, Result, database};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelLine {
    pub id: ChannelId,
    pub name: String,
    pub status: ChannelStatus,
    /// Keys that are not revoked.
    pub keys: i64,
    /// Requests with its keys in the last 24 hours, refused ones too.
    pub requests_24h: i64,
}

/// All channels, by name.
pub async fn list(backend: &Backend, member: &Member) -> Result<Vec<ChannelLine>> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let day_ago: time::OffsetDateTime = backend.clock.now() - time::Duration::HOUR * 24;
    let rows = sqlx::query!(
        r#"select channels.id, channels.name, channels.status,
                  (select count(*) from api_keys
                   where channel_id = channels.id and api_keys.status <> 'REVOKED'
                     and draining_of is null) as "keys!",
                  (select coalesce(sum(requests), 0)::bigint
                   from api_keys join usage_hours on key_id = api_keys.id
                   where channel_id = channels.id and hour > $1) as "requests!"
           from channels order by lower(channels.name), channels.id"#,
        day_ago,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(ChannelLine {
                id: ChannelId(row.id),
                name: row.name,
                status: ChannelStatus::named(&row.status)?,
                keys: row.keys,
                requests_24h: row.requests,
            })
        })
        .collect())
}
