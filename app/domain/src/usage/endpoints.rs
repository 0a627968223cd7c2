//! Endpoints: how often they are called, and how long they take.

use time::OffsetDateTime;

use super::Range;
use super::measured::BOUNDS_US;
use super::period::Period;
use crate::ids::KeyId;
use crate::members::Member;
use crate::{Backend, Result, database};

/// Lines of the table.
const MOST: i64 = 20;

/// An endpoint over a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUse {
    pub endpoint: String,
    pub requests: i64,
    /// In the stretch before, as long as this one.
    pub before: i64,
    pub refused: i64,
    /// Of answers whose length was known.
    pub bytes: i64,
    /// Half of the accepted requests took so long at most.
    pub p50: Option<Latency>,
    /// 95 in a hundred did.
    pub p95: Option<Latency>,
}

/// How long, as far as the buckets tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// About so many microseconds.
    About(u64),
    /// More than so many microseconds.
    Over(u64),
}

/// Whose calls are wanted, and of when.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// All keys of the organization, where it is none.
    key: Option<KeyId>,
    /// Where the stretch before begins.
    before: OffsetDateTime,
    since: OffsetDateTime,
    until: OffsetDateTime,
}

impl Span {
    /// Of the whole organization, as the usage page's graph has it.
    pub fn of(period: &Period) -> Self {
        let (since, until) = (period.start(), period.end());
        Self { key: None, before: period.before, since, until }
    }

    /// Of one key, as its page's graph has it.
    pub fn last(range: Range, now: OffsetDateTime, key: KeyId) -> Self {
        let since = range.start(now);
        let long = range.step() * range.steps();
        Self { key: Some(key), before: since - long, since, until: since + long }
    }
}

/// The endpoints that were called with the key, its former texts included, or with any key of the
/// organization, within the span or the stretch before; the busiest first. Whole hours are counted.
pub async fn endpoints(
    backend: &Backend,
    member: &Member,
    span: &Span,
) -> Result<Vec<EndpointUse>> {
    let organization = member.organization().id;
    let mut transaction = database::tenant::begin(&backend.pools.app, organization).await?;
    let rows = sqlx::query!(
        r#"with measured as (
               select endpoint, requests, refused, bytes, latency, hour from usage_endpoints
               where organization_id = $1
                 and key_id in (select id from api_keys where id = $2 or draining_of = $2)
                 and hour >= date_trunc('hour', $6::timestamptz, 'UTC') and hour < $4
               union all
               select endpoint, requests, refused, bytes, latency, hour from usage_organization_endpoints
               where organization_id = $1 and $2::uuid is null
                 and hour >= date_trunc('hour', $6::timestamptz, 'UTC') and hour < $4
           ), called as (
               select *, hour >= date_trunc('hour', $3::timestamptz, 'UTC') as within from measured
           )
           select endpoint as "endpoint!", coalesce(sum(requests) filter (where within), 0)::bigint as "requests!",
                  coalesce(sum(requests) filter (where not within), 0)::bigint as "before!",
                  coalesce(sum(refused) filter (where within), 0)::bigint as "refused!",
                  coalesce(sum(bytes) filter (where within), 0)::bigint as "bytes!",
                  array_remove(array[
                      sum(latency[1]) filter (where within), sum(latency[2]) filter (where within),
                      sum(latency[3]) filter (where within), sum(latency[4]) filter (where within),
                      sum(latency[5]) filter (where within), sum(latency[6]) filter (where within),
                      sum(latency[7]) filter (where within), sum(latency[8]) filter (where within),
                      sum(latency[9]) filter (where within), sum(latency[10]) filter (where within),
                      sum(latency[11]) filter (where within)]::bigint[], null) as "latency!"
           from called group by endpoint order by 2 desc, 3 desc, 1 limit $5"#,
        organization.0,
        span.key.map(|key| key.0),
        span.since,
        span.until,
        MOST,
        span.before,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let endpoint = rows.into_iter().map(|row| EndpointUse {
        p50: percentile(&row.latency, 50),
        p95: percentile(&row.latency, 95),
        endpoint: row.endpoint,
        requests: row.requests,
        before: row.before,
        refused: row.refused,
        bytes: row.bytes,
    });
    Ok(endpoint.collect())
}

/// Within a bucket, requests are taken to be spread evenly.
fn percentile(counts: &[i64], percent: u64) -> Option<Latency> {
    let counts: Vec<u64> = counts.iter().map(|count| count.unsigned_abs()).collect();
    let all: u64 = counts.iter().sum();
    if all == 0 {
        return None;
    }
    let wanted = (all * percent).div_ceil(100);
    let (mut passed, mut lower) = (0, 0);
    for (count, upper) in counts.iter().zip(BOUNDS_US) {
        if passed + count >= wanted {
            let within = (upper - lower) * (wanted - passed) / count.max(&1);
            return Some(Latency::About(lower + within));
        }
        (passed, lower) = (passed + count, upper);
    }
    Some(Latency::Over(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_within_their_buckets() {
        assert_eq!(percentile(&[0; 11], 50), None);
        // Ten that took from 100 to 250 µs.
        let ten = [0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(percentile(&ten, 50), Some(Latency::About(175)));
        assert_eq!(percentile(&ten, 95), Some(Latency::About(250)));
        let mixed = [90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10];
        assert_eq!(percentile(&mixed, 50), Some(Latency::About(55)));
        assert_eq!(percentile(&mixed, 95), Some(Latency::Over(1_000_000)));
    }
}
