//! How many requests there were: by key and outcome, on every level, and when each key was last
//! presented.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::levels::LEVELS;
use super::recorder::{Count, CountKey};
use crate::Result;
use crate::clock::from_milliseconds;
use crate::verification::Outcome;

/// Counts by column, as arrays for one statement each.
#[derive(Debug, Default)]
struct Columns {
    keys: Vec<Uuid>,
    minutes: Vec<OffsetDateTime>,
    outcomes: Vec<&'static str>,
    requests: Vec<i64>,
    seen_at: Vec<OffsetDateTime>,
    accepted: Vec<bool>,
}

impl Columns {
    fn of(counts: &[(CountKey, Count)]) -> Self {
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
pub(super) async fn write(
    connection: &mut PgConnection,
    counts: &[(CountKey, Count)],
) -> Result<()> {
    let columns = Columns::of(counts);
    for (table, unit) in LEVELS {
        add(connection, table, unit, &columns).await?;
    }
    note_activity(connection, &columns).await
}

/// Adds to a level's rows, in one order for all nodes, so that two of them never wait for each
/// other's. The column that tells when is named after its unit.
async fn add(
    connection: &mut PgConnection,
    table: &str,
    unit: &str,
    columns: &Columns,
) -> Result<()> {
    let statement = format!(
        "insert into {table} (organization_id, key_id, {unit}, outcome, requests)
         select organization_id, key_id, date_trunc('{unit}', at, 'UTC'), outcome, sum(requests)
         from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
              as counted (key_id, at, outcome, requests)
         join api_keys on api_keys.id = key_id
         group by 1, 2, 3, 4
         order by 2, 3, 4
         on conflict (key_id, {unit}, outcome) do update
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
