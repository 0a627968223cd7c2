//! Bars for a graph.

use time::OffsetDateTime;

use crate::ids::{ChannelId, KeyId};
use crate::members::Member;
use crate::usage::{Bucket, Counted, Range};
use crate::{Backend, Result, database};

/// Whose requests are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Organization,
    Channel(ChannelId),
    Key(KeyId),
}

/// One bucket for each step of the range, empty ones too, oldest first.
pub async fn series(
    backend: &Backend,
    member: &Member,
    subject: Subject,
    range: Range,
) -> Result<Vec<Bucket>> {
    let now = backend.clock.now();
    let start = range.start(now);
    let counted = counted(backend, member, subject, range, start).await?;
    Ok(range.fill(start, counted))
}

async fn counted(
    backend: &Backend,
    member: &Member,
    subject: Subject,
    range: Range,
    start: OffsetDateTime,
) -> Result<Vec<Counted>> {
    let (key, channel) = match subject {
        Subject::Organization => (None, None),
        Subject::Channel(id) => (None, Some(id.0)),
        Subject::Key(id) => (Some(id.0), None),
    };
    // Each bar holds whole ones of its level.
    let level = match range {
        Range::Hour => "minutes",
        Range::Day | Range::Week => "hours",
        Range::Month | Range::Quarter => "days",
    };
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let rows = sqlx::query!(
        r#"select at as "at!",
                  (coalesce(sum(requests) filter (where outcome = 'accepted'), 0))::bigint as "accepted!",
                  (coalesce(sum(requests) filter (where outcome <> 'accepted'), 0))::bigint as "refused!"
           from (select key_id, minute as at, outcome, requests from usage_minutes
                 where $4 = 'minutes' and minute >= $3
                 union all
                 select key_id, hour, outcome, requests from usage_hours
                 where $4 = 'hours' and hour >= $3
                 union all
                 select key_id, day, outcome, requests from usage_days
                 where $4 = 'days' and day >= $3) as counted
           where ($1::uuid is null or key_id = $1)
             and ($2::uuid is null or key_id in (select id from api_keys where channel_id = $2))
           group by at"#,
        key,
        channel,
        start,
        level,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows.into_iter().map(|row| (row.at, row.accepted, row.refused)).collect())
}
