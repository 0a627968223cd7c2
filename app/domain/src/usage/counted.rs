//! How many requests there were: by key and outcome, on every level, and when each key was last
//! presented.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::levels::{Level, OF_KEYS, OF_ORGANIZATIONS};
use super::recorder::{Count, CountKey};
use crate::Result;
use crate::clock::from_milliseconds;
use crate::verification::Outcome;

/// Counts by column, as arrays for one statement each.
#[derive(Debug, Default)]
pub(super) struct Columns {
    keys: Vec<Uuid>,
    minutes: Vec<OffsetDateTime>,
    outcomes: Vec<&'static str>,
    requests: Vec<i64>,
    seen_at: Vec<OffsetDateTime>,
    accepted: Vec<bool>,
}

impl Columns {
    pub(super) fn of(counts: &[(CountKey, Count)]) -> Self {
        let mut columns = Self::default();
        for (counted, count) in counts {
            columns.keys.push(counted.key.0);
            columns.minutes.push(from_milliseconds(counted.minute * 60_000));
            columns.outcomes.push(counted.outcome.as_str());
            columns.requests.push(i64::try_from(count.requests).unwrap_or(i64::MAX));
            columns.seen_at.push(from_milliseconds(count.last_at_ms));
            columns.accepted.push(counted.outcome == Outcome::Accepted);
        }
        columns
    }
}

/// Writes counts. Keys that are gone from the database are left out: nobody can look at their usage
/// any more.
pub(super) async fn write(connection: &mut PgConnection, columns: &Columns) -> Result<()> {
    for level in OF_KEYS {
        add(connection, level, columns).await?;
    }
    note_activity(connection, columns).await
}

/// Adds the same counts to the sums by organization.
pub(super) async fn write_sums(connection: &mut PgConnection, columns: &Columns) -> Result<()> {
    for level in OF_ORGANIZATIONS {
        add(connection, level, columns).await?;
    }
    Ok(())
}

/// Adds to a level's rows, in one order for all nodes, so that two of them never wait for each
/// other's.
async fn add(connection: &mut PgConnection, level: Level, columns: &Columns) -> Result<()> {
    let Level { table, owner, identity, unit } = level;
    let statement = format!(
        "insert into {table} ({owner}, {unit}, outcome, requests)
         select {owner}, date_trunc('{unit}', at, 'UTC') as {unit}, outcome, sum(requests)
         from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
              as counted (key_id, at, outcome, requests)
         join api_keys on api_keys.id = key_id
         group by {owner}, {unit}, outcome
         order by {identity}, outcome
         on conflict ({identity}, outcome) do update
         set requests = {table}.requests + excluded.requests"
    );
    sqlx::query(&statement)
        .bind(&columns.keys)
        .bind(&columns.minutes)
        .bind(&columns.outcomes)
        .bind(&columns.requests)
        .execute(connection)
        .await?;
    Ok(())
}

async fn note_activity(connection: &mut PgConnection, columns: &Columns) -> Result<()> {
    sqlx::query!(
        "insert into key_activity (key_id, organization_id, last_seen_at, last_used_at)
         select key_id, organization_id, max(seen_at), max(seen_at) filter (where accepted)
         from unnest($1::uuid[], $2::timestamptz[], $3::boolean[]) as counted (key_id, seen_at, accepted)
         join api_keys on api_keys.id = key_id
         group by 1, 2
         order by key_id
         on conflict (key_id) do update
         set last_seen_at = greatest(key_activity.last_seen_at, excluded.last_seen_at),
             last_used_at = greatest(key_activity.last_used_at, excluded.last_used_at)",
        &columns.keys,
        &columns.seen_at,
        &columns.accepted,
    )
    .execute(connection)
    .await?;
    Ok(())
}
