//! How a key's requests ended.

use time::{Duration, OffsetDateTime};

use crate::ids::KeyId;
use crate::members::Member;
use crate::{Backend, Result, database};

/// Requests of the last 7 days by outcome, its former texts' included, the most first. Outcomes are
/// `accepted` and the reasons' names.
pub async fn key_outcomes(
    backend: &Backend,
    member: &Member,
    id: KeyId,
) -> Result<Vec<(String, i64)>> {
    let week_ago: OffsetDateTime = backend.clock.now() - Duration::WEEK;
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let rows = sqlx::query!(
        r#"select outcome, sum(requests)::bigint as "requests!"
           from usage_hours join api_keys on api_keys.id = key_id
           where (key_id = $1 or draining_of = $1) and hour > $2
           group by outcome order by 2 desc, 1"#,
        id.0,
        week_ago,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows.into_iter().map(|row| (row.outcome, row.requests)).collect())
}
