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
    let organization = member.organization().id;
    // Each bar holds whole ones of its level.
    let (level, unit) = match range {
        Range::Hour => ("minutes", "minute"),
        Range::Day | Range::Week => ("hours", "hour"),
        Range::Month | Range::Quarter => ("days", "day"),
    };
    let (tables, id, is_counted) = match subject {
        Subject::Organization => ("usage_organization", organization.0, "organization_id = $2"),
        Subject::Channel(id) => {
            ("usage", id.0, "key_id in (select id from api_keys where channel_id = $2)")
        }
        Subject::Key(id) => ("usage", id.0, "key_id = $2"),
    };
    let statement = format!(
        "select {unit}, (coalesce(sum(requests) filter (where outcome = 'accepted'), 0))::bigint,
                (coalesce(sum(requests) filter (where outcome <> 'accepted'), 0))::bigint
         from {tables}_{level} where {unit} >= $1 and {is_counted} group by 1"
    );
    let mut transaction = database::tenant::begin(&backend.pools.app, organization).await?;
    let counted =
        sqlx::query_as(&statement).bind(start).bind(id).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(counted)
}
