//! What answers were like: which endpoint, how long they took, how many bytes they had. Gathered
//! beside the counts and written with them, by the same transaction.

use sqlx::PgConnection;
use std::hash::{Hash, Hasher};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

use super::journal::Slot;
use super::words::Words;
use crate::Result;
use crate::clock::from_milliseconds;
use crate::ids::KeyId;
use crate::profiles::EndpointId;

/// The upper bounds of the latency's buckets, in microseconds; one more has no bound.
pub const BOUNDS_US: [u64; BUCKETS - 1] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 1_000_000];
/// As many as a row of the table has.
pub const BUCKETS: usize = 11;

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    pub endpoint: EndpointId,
    pub refused: bool,
    pub took: Duration,
    /// 0 where the length is not known.
    pub bytes: u64,
}

/// What is measured apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasureKey {
    pub key: KeyId,
    /// Hours since 1970-01-01 UTC.
    pub hour: i64,
    pub endpoint: EndpointId,
}

/// A key's id ends in random bits.
impl Hash for MeasureKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (_, low) = self.key.0.as_u64_pair();
        let endpoint = u64::from(self.endpoint.profile) << 16 | u64::from(self.endpoint.place);
        let mixed = low ^ (self.hour.cast_unsigned() << 32) ^ endpoint;
        state.write_u64(mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
}

/// One measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    pub requests: u64,
    pub refused: u64,
    pub bytes: u64,
    /// Accepted requests alone: what is refused in microseconds says nothing of the API.
    pub latency: [u64; BUCKETS],
}

impl Measure {
    pub(super) fn of(answered: Answered) -> Self {
        let mut latency = [0; BUCKETS];
        if !answered.refused {
            let us = u64::try_from(answered.took.as_micros()).unwrap_or(u64::MAX);
            latency[BOUNDS_US.iter().position(|bound| us <= *bound).unwrap_or(BUCKETS - 1)] = 1;
        }
        Self { requests: 1, refused: u64::from(answered.refused), bytes: answered.bytes, latency }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.refused += other.refused;
        self.bytes = self.bytes.saturating_add(other.bytes);
        for (sum, more) in self.latency.iter_mut().zip(other.latency) {
            *sum += more;
        }
    }
}

/// Batch, key (2), hour, endpoint, requests, refused, bytes, latency; some are left.
pub(super) const MEASURE_WORDS: usize = 32;
const LATENCY: usize = 8;

impl Slot<MEASURE_WORDS> for (MeasureKey, Measure) {
    fn to_words(&self, batch: u64) -> [u64; MEASURE_WORDS] {
        let (measured, measure) = self;
        let (high, low) = measured.key.0.as_u64_pair();
        let EndpointId { profile, place } = measured.endpoint;
        let endpoint = u64::from(profile) << 16 | u64::from(place);
        let mut words = [0; MEASURE_WORDS];
        words[..LATENCY].copy_from_slice(&[
            batch,
            high,
            low,
            measured.hour.cast_unsigned(),
            endpoint,
            measure.requests,
            measure.refused,
            measure.bytes,
        ]);
        words[LATENCY..][..BUCKETS].copy_from_slice(&measure.latency);
        words
    }

    fn from_words(words: &[u64; MEASURE_WORDS], meanings: &Words) -> Option<Self> {
        let [_, high, low, hour, endpoint, requests, refused, bytes, latency @ ..] = words;
        let key = KeyId(Uuid::from_u64_pair(*high, *low));
        let (profile, place) =
            (u16::try_from(endpoint >> 16).ok()?, u16::try_from(endpoint & 0xFFFF).ok()?);
        let endpoint = EndpointId { profile, place };
        let latency = latency.first_chunk().copied()?;
        let measure = Measure { requests: *requests, refused: *refused, bytes: *bytes, latency };
        let is_known = !meanings.endpoint(endpoint).is_empty();
        is_known.then_some((MeasureKey { key, hour: hour.cast_signed(), endpoint }, measure))
    }
}

/// Measures by column, as arrays for one statement each.
#[derive(Debug)]
pub(super) struct Columns {
    keys: Vec<Uuid>,
    hours: Vec<OffsetDateTime>,
    endpoints: Vec<String>,
    requests: Vec<i64>,
    refused: Vec<i64>,
    bytes: Vec<i64>,
    /// All buckets of the first, then of the second, and so on.
    latency: Vec<i64>,
}

impl Columns {
    pub(super) fn of(words: &Words, rows: &[(MeasureKey, Measure)]) -> Self {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let hour = |measured: &MeasureKey| from_milliseconds(measured.hour * 3_600_000);
        let sums = |of: fn(&Measure) -> u64| -> Vec<i64> {
            rows.iter().map(|(_, measure)| number(of(measure))).collect()
        };
        Self {
            keys: rows.iter().map(|(measured, _)| measured.key.0).collect(),
            hours: rows.iter().map(|(measured, _)| hour(measured)).collect(),
            endpoints: rows
                .iter()
                .map(|(key, _)| words.endpoint(key.endpoint).to_owned())
                .collect(),
            requests: sums(|measure| measure.requests),
            refused: sums(|measure| measure.refused),
            bytes: sums(|measure| measure.bytes),
            latency: rows.iter().flat_map(|(_, measure)| measure.latency.map(number)).collect(),
        }
    }
}

/// Writes measures, which are in order. Keys that are gone are left out.
pub(super) async fn write(connection: &mut PgConnection, columns: &Columns) -> Result<()> {
    sqlx::query!(
        "insert into usage_endpoints (organization_id, key_id, hour, endpoint, requests, refused, bytes, latency)
         select organization_id, key_id, hour, endpoint, requests, refused, bytes,
                ($7::bigint[])[number * 11 - 10 : number * 11]
         from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
              with ordinality as measured (key_id, hour, endpoint, requests, refused, bytes, number)
         join api_keys on api_keys.id = key_id
         order by key_id, hour, endpoint
         on conflict (key_id, hour, endpoint) do update
         set requests = usage_endpoints.requests + excluded.requests,
             refused = usage_endpoints.refused + excluded.refused,
             bytes = usage_endpoints.bytes + excluded.bytes,
             latency = (select array_agg(before + more order by place)
                        from unnest(usage_endpoints.latency, excluded.latency)
                             with ordinality as bucket (before, more, place))",
        &columns.keys,
        &columns.hours,
        &columns.endpoints,
        &columns.requests,
        &columns.refused,
        &columns.bytes,
        &columns.latency,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds the same measures to the sums by organization.
pub(super) async fn write_sums(connection: &mut PgConnection, columns: &Columns) -> Result<()> {
    sqlx::query!(
        "insert into usage_organization_endpoints as told
             (organization_id, hour, endpoint, requests, refused, bytes, latency)
         select organization_id, hour, endpoint, sum(requests), sum(refused), sum(bytes),
                array[sum(latency[1]), sum(latency[2]), sum(latency[3]), sum(latency[4]), sum(latency[5]),
                      sum(latency[6]), sum(latency[7]), sum(latency[8]), sum(latency[9]), sum(latency[10]),
                      sum(latency[11])]::bigint[]
         from (select organization_id, hour, endpoint, requests, refused, bytes,
                      ($7::bigint[])[number * 11 - 10 : number * 11] as latency
               from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
                    with ordinality as measured (key_id, hour, endpoint, requests, refused, bytes, number)
               join api_keys on api_keys.id = key_id) as measured
         group by organization_id, hour, endpoint
         order by organization_id, hour, endpoint
         on conflict (organization_id, hour, endpoint) do update
         set requests = told.requests + excluded.requests,
             refused = told.refused + excluded.refused,
             bytes = told.bytes + excluded.bytes,
             latency = (select array_agg(before + more order by place)
                        from unnest(told.latency, excluded.latency)
                             with ordinality as bucket (before, more, place))",
        &columns.keys,
        &columns.hours,
        &columns.endpoints,
        &columns.requests,
        &columns.refused,
        &columns.bytes,
        &columns.latency,
    )
    .execute(connection)
    .await?;
    Ok(())
}
