//! A month of believable usage: busy by day and on weekdays, one spike, a few refusals.

use domain::ids::KeyId;
use domain::keys::Access;
use domain::profiles::Profile;
use domain::usage::levels::make_room;
use domain::verification::{Outcome, Reason};
use domain::{Backend, Error};
use sqlx::{Postgres, Transaction};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime, Time, Weekday};
use uuid::Uuid;

use super::plan::Fate;
use super::random::Random;
use crate::Result;

/// A key that has been used.
pub struct UsageKey {
    pub id: KeyId,
    pub rate: u64,
    pub fate: Fate,
    pub access: Access,
}

const SEED: u64 = 20_260_301;
const HOURS: i64 = 30 * 24;
/// How busy each hour of a day is, in percent of the busiest.
const DAY: [u64; 24] = [
    4, 3, 2, 2, 3, 6, 14, 35, 68, 92, 100, 96, 78, 84, 97, 94, 86, 71, 52, 38, 28, 19, 12,
    7, //
];
/// How many hours ago everything came at once, and how many times the usual.
const SPIKE: (i64, u64) = (11 * 24 + 5, 5);
/// How many hours ago a key was revoked or disabled.
const REVOKED: i64 = 6 * 24;
const DISABLED: i64 = 2 * 24;

/// Rows of a table, by column.
#[derive(Default)]
struct Rows {
    keys: Vec<Uuid>,
    starts: Vec<OffsetDateTime>,
    outcomes: Vec<String>,
    requests: Vec<i64>,
}

impl Rows {
    fn push(&mut self, key: KeyId, start: OffsetDateTime, outcome: Outcome, requests: u64) {
        if requests > 0 {
            self.keys.push(key.0);
            self.starts.push(start);
            self.outcomes.push(outcome.as_str().to_owned());
            self.requests.push(i64::try_from(requests).unwrap_or(i64::MAX));
        }
    }
}

/// Writes the usage of these keys.
pub async fn add(backend: &Backend, keys: &[UsageKey]) -> Result<()> {
    let now = backend.clock.now();
    let mut random = Random::new(SEED);
    let (mut minutes, mut hours) = (Rows::default(), Rows::default());
    let with_minutes = first_with_minutes(now);
    for key in keys {
        for ago in (0..HOURS).rev() {
            imagine_hour(&mut random, key, now, ago, with_minutes, &mut minutes, &mut hours);
        }
    }
    let first = (now - Duration::hours(HOURS)).date();
    make_room(backend, first, with_minutes.date(), now.date()).await?;
    write_all(backend, &minutes, &hours).await.map_err(|error| Error::from(error).into())
}

/// The first hour that has minutes of its own. The program keeps room for yesterday's, and takes what
/// it has room for to be whole.
fn first_with_minutes(now: OffsetDateTime) -> OffsetDateTime {
    (now - Duration::DAY).replace_time(Time::MIDNIGHT)
}

fn imagine_hour(
    random: &mut Random,
    key: &UsageKey,
    now: OffsetDateTime,
    ago: i64,
    with_minutes: OffsetDateTime,
    minutes: &mut Rows,
    hours: &mut Rows,
) {
    let start = now - Duration::hours(ago);
    let start = start.replace_minute(0).unwrap_or(start);
    let start = start.replace_second(0).unwrap_or(start);
    let start = start.replace_nanosecond(0).unwrap_or(start);
    let expected = expected(random, key.rate, start, ago);
    let mut counts = BTreeMap::new();
    if start >= with_minutes {
        for minute in 0..60 {
            let at = start + Duration::minutes(minute);
            // The minute that is under way is for real requests.
            if at + Duration::MINUTE > now {
                break;
            }
            let requests = expected / 60 + u64::from(random.below(60) < expected % 60);
            for (outcome, requests) in split(random, key, ago, requests) {
                minutes.push(key.id, at, outcome, requests);
                *counts.entry(outcome).or_default() += requests;
            }
        }
    } else {
        counts.extend(split(random, key, ago, expected));
    }
    for (outcome, requests) in counts {
        hours.push(key.id, start, outcome, requests);
    }
}

/// Requests in the hour.
fn expected(random: &mut Random, rate: u64, start: OffsetDateTime, ago: i64) -> u64 {
    let day = match start.weekday() {
        Weekday::Saturday => 45,
        Weekday::Sunday => 25,
        _ => 100,
    };
    let hour = DAY[usize::from(start.hour())];
    let chance = 75 + random.below(50);
    let usual = rate * hour * day * chance / 1_000_000;
    if ago == SPIKE.0 { (usual + rate) * SPIKE.1 } else { usual }
}

/// How the requests ended: always the same sum.
fn split(random: &mut Random, key: &UsageKey, ago: i64, requests: u64) -> [(Outcome, u64); 2] {
    let stopped = match key.fate {
        Fate::InUse => None,
        Fate::Revoked => (ago < REVOKED).then_some((Reason::Revoked, REVOKED)),
        Fate::Disabled => (ago < DISABLED).then_some((Reason::Disabled, DISABLED)),
    };
    if let Some((reason, since)) = stopped {
        // Programs that are refused are mended one by one.
        let left = u64::try_from(ago).unwrap_or(0) * requests / since.unsigned_abs();
        return [(Outcome::Accepted, 0), (Outcome::Refused(reason), left / 2)];
    }
    // Two in a hundred of what a key may not do is tried all the same.
    let refused = match key.access {
        Access::ReadWrite => 0,
        Access::Read | Access::Write | Access::Listed => (requests * 2 + random.below(100)) / 100,
    };
    [(Outcome::Accepted, requests - refused), (Outcome::Refused(Reason::OutOfScope), refused)]
}

async fn write_all(backend: &Backend, minutes: &Rows, hours: &Rows) -> sqlx::Result<()> {
    let mut transaction = backend.pools.validator.begin().await?;
    sqlx::query!(
        "insert into usage_minutes (organization_id, key_id, minute, outcome, requests)
         select organization_id, key_id, minute, outcome, requests
         from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
              as imagined (key_id, minute, outcome, requests)
         join api_keys on api_keys.id = key_id",
        &minutes.keys,
        &minutes.starts,
        &minutes.outcomes,
        &minutes.requests,
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "insert into usage_hours (organization_id, key_id, hour, outcome, requests)
         select organization_id, key_id, hour, outcome, requests
         from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
              as imagined (key_id, hour, outcome, requests)
         join api_keys on api_keys.id = key_id",
        &hours.keys,
        &hours.starts,
        &hours.outcomes,
        &hours.requests,
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "insert into usage_days (organization_id, key_id, day, outcome, requests)
         select organization_id, key_id, date_trunc('day', hour, 'UTC'), outcome, sum(requests)
         from usage_hours group by 1, 2, 3, 4",
    )
    .execute(&mut *transaction)
    .await?;
    for (level, unit) in [("minutes", "minute"), ("hours", "hour"), ("days", "day")] {
        sqlx::query(&format!(
            "insert into usage_organization_{level} (organization_id, {unit}, outcome, requests)
             select organization_id, {unit}, outcome, sum(requests) from usage_{level} group by 1, 2, 3"
        ))
        .execute(&mut *transaction)
        .await?;
    }
    write_endpoints(backend, &mut transaction).await?;
    // The hours that are under way end later than they were last used; minutes know better.
    sqlx::query!(
        "insert into key_activity (key_id, organization_id, last_seen_at, last_used_at)
         select key_id, organization_id, max(at), max(at) filter (where outcome = 'accepted')
         from (select key_id, organization_id, hour as at, outcome from usage_hours
               union all
               select key_id, organization_id, minute, outcome from usage_minutes) as used
         group by 1, 2",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// All requests were for the first thing that each API has, and most answers took some 2 ms.
async fn write_endpoints(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
) -> sqlx::Result<()> {
    let first = |profile: &Profile| (profile.name.clone(), profile.endpoint_name(0));
    let (profiles, endpoints): (Vec<_>, Vec<_>) = backend.profiles.iter().map(first).unzip();
    sqlx::query!(
        "insert into usage_endpoints (organization_id, key_id, hour, endpoint, requests, refused, bytes, latency)
         select organization_id, key_id, hour, endpoint, requests, requests - accepted, accepted * 480,
                array[0, 0, 0, accepted - accepted / 4, accepted / 4 - accepted / 20, accepted / 20, 0, 0, 0, 0, 0]
         from (select organization_id, key_id, hour, sum(requests)::bigint as requests,
                      coalesce(sum(requests) filter (where outcome = 'accepted'), 0)::bigint as accepted
               from usage_hours group by 1, 2, 3) as used
         join organizations on organizations.id = organization_id
         join unnest($1::text[], $2::text[]) as known (profile, endpoint) using (profile)",
        &profiles,
        &endpoints,
    )
    .execute(&mut **transaction)
    .await?;
    sqlx::query!(
        "insert into usage_organization_endpoints (organization_id, hour, endpoint, requests, refused, bytes, latency)
         select organization_id, hour, endpoint, sum(requests), sum(refused), sum(bytes),
                array[0, 0, 0, sum(latency[4]), sum(latency[5]), sum(latency[6]), 0, 0, 0, 0, 0]
         from usage_endpoints group by 1, 2, 3",
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn hours_are_the_sums_of_their_minutes() {
        let now = datetime!(2026-03-02 10:30:15 UTC);
        let access = [Access::ReadWrite, Access::Read];
        for (access, fate) in access.into_iter().zip([Fate::InUse, Fate::Disabled]) {
            let key = UsageKey { id: KeyId(Uuid::nil()), rate: 400, fate, access };
            let (mut minutes, mut hours) = (Rows::default(), Rows::default());
            let mut random = Random::new(1);
            let first = first_with_minutes(now);
            assert_eq!(first, datetime!(2026-03-01 00:00 UTC));
            for ago in 0..35 {
                imagine_hour(&mut random, &key, now, ago, first, &mut minutes, &mut hours);
            }
            assert!(minutes.starts.iter().all(|start| *start < now - Duration::MINUTE));
            assert_eq!(minutes.requests.iter().sum::<i64>(), hours.requests.iter().sum::<i64>());
            assert_eq!(hours.requests.is_empty(), fate == Fate::Disabled);
        }
    }
}
