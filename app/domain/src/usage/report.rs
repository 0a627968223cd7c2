//! An organization's usage over a period: bars, reasons, and what it is made of.

use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::period::{Period, Unit};
use crate::members::Member;
use crate::usage::Bucket;
use crate::{Backend, Result, database};

/// Lines of the table of keys or channels.
pub const GROUPS_MAX: i64 = 50;

/// By what the table tells requests apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    #[default]
    Key,
    Channel,
}

impl By {
    pub const ALL: [Self; 2] = [Self::Key, Self::Channel];

    /// As it stands in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Channel => "channel",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == name)
    }
}

/// A key or a channel, and how its requests ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `None` for keys without a channel.
    pub id: Option<Uuid>,
    pub name: Option<String>,
    pub accepted: i64,
    pub refused: i64,
}

/// Requests, and how many of them were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub requests: i64,
    pub refused: i64,
    pub rate_limited: i64,
}

/// What a period was like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each bar of the period, in order.
    pub buckets: Vec<Bucket>,
    pub sums: Sums,
    /// Of the period before.
    pub before: Sums,
    /// Why requests were refused, the most first.
    pub reasons: Vec<(String, i64)>,
    /// The busiest first.
    pub groups: Vec<Group>,
}

/// The organization's report of the period.
pub async fn report(backend: &Backend, member: &Member, period: &Period, by: By) -> Result<Report> {
    let organization = member.organization().id;
    let mut transaction =
        database::tenant::begin_snapshot(&backend.pools.app, organization).await?;
    let mut report = bars(&mut transaction, organization.0, period).await?;
    report.groups = groups(&mut transaction, organization.0, period, by).await?;
    let before = Period {
        unit: period.unit,
        bounds: vec![period.before, period.start()],
        before: period.before,
    };
    report.before = bars(&mut transaction, organization.0, &before).await?.sums;
    transaction.commit().await?;
    Ok(report)
}

/// Requests within the bounds `$2`, with the number of their bar, from 1. Whole hours are read as
/// such; hours in which one bar ends and another begins, as in zones that are half an hour off, are
/// read minute by minute.
const COUNTED: &str = "
    with counted as (
        select width_bucket(minute, $2) as bar, key_id, outcome, requests
        from usage_minutes
        where $3 and organization_id = $1 and minute >= ($2)[1] and minute < ($2)[cardinality($2)]
        union all
        select width_bucket(hour, $2), key_id, outcome, requests
        from usage_hours
        where not $3 and organization_id = $1 and hour >= ($2)[1] and hour < ($2)[cardinality($2)]
          and width_bucket(hour, $2) = width_bucket(hour + interval '59 minutes', $2)
        union all
        select width_bucket(minute, $2), key_id, outcome, requests
        from generate_series(date_trunc('hour', ($2)[1], 'UTC'), ($2)[cardinality($2)], interval '1 hour')
                 as split (hour)
             join usage_minutes on minute >= split.hour and minute < split.hour + interval '1 hour'
        where not $3 and organization_id = $1 and minute >= ($2)[1] and minute < ($2)[cardinality($2)]
          and width_bucket(split.hour, $2) <> width_bucket(split.hour + interval '59 minutes', $2)
    )";

async fn bars(
    transaction: &mut Transaction<'static, Postgres>,
    organization: Uuid,
    period: &Period,
) -> Result<Report> {
    let statement = format!(
        "{COUNTED} select bar, outcome, sum(requests)::bigint from counted group by 1, 2 order by 3 desc, 2"
    );
    let rows: Vec<(i32, String, i64)> = sqlx::query_as(&statement)
        .bind(organization)
        .bind(&period.bounds)
        .bind(period.unit == Unit::Minute)
        .fetch_all(&mut **transaction)
        .await?;
    let empty = |pair: &[OffsetDateTime]| Bucket { start: pair[0], accepted: 0, refused: 0 };
    let mut report =
        Report { buckets: period.bounds.windows(2).map(empty).collect(), ..Report::default() };
    for (bar, outcome, requests) in rows {
        report.sums.requests += requests;
        let place = usize::try_from(bar - 1).unwrap_or(usize::MAX);
        let Some(bucket) = report.buckets.get_mut(place) else { continue };
        if outcome == "accepted" {
            bucket.accepted += requests;
            continue;
        }
        bucket.refused += requests;
        report.sums.refused += requests;
        if outcome == "rate_limited" {
            report.sums.rate_limited += requests;
        }
        match report.reasons.iter_mut().find(|(reason, _)| *reason == outcome) {
            Some((_, sum)) => *sum += requests,
            None => report.reasons.push((outcome, requests)),
        }
    }
    report.reasons.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    Ok(report)
}

async fn groups(
    transaction: &mut Transaction<'static, Postgres>,
    organization: Uuid,
    period: &Period,
    by: By,
) -> Result<Vec<Group>> {
    // A key's former texts count as the key.
    let (id, name) = match by {
        By::Key => {
            ("coalesce(draining_of, api_keys.id)", "(select name from api_keys where id = sums.id)")
        }
        By::Channel => ("channel_id", "(select name from channels where id = sums.id)"),
    };
    let statement = format!(
        "{COUNTED}, sums as (
             select {id} as id,
                    coalesce(sum(requests) filter (where outcome = 'accepted'), 0)::bigint as accepted,
                    coalesce(sum(requests) filter (where outcome <> 'accepted'), 0)::bigint as refused
             from counted join api_keys on api_keys.id = key_id
             group by 1
             order by sum(requests) desc, 1 limit $4)
         select id, {name}, accepted, refused from sums order by accepted + refused desc, id"
    );
    let rows: Vec<(Option<Uuid>, Option<String>, i64, i64)> = sqlx::query_as(&statement)
        .bind(organization)
        .bind(&period.bounds)
        .bind(period.unit == Unit::Minute)
        .bind(GROUPS_MAX)
        .fetch_all(&mut **transaction)
        .await?;
    let group = |(id, name, accepted, refused)| Group { id, name, accepted, refused };
    Ok(rows.into_iter().map(group).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use crate::usage::Range;
    use crate::zone::Zone;
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::macros::{date, datetime};

    /// A request every seven minutes for ten days, every third of them refused.
    async fn imagine(world: &World, key: Uuid, from: OffsetDateTime) -> Result<()> {
        let mut owner = world.owner.connect().await?;
        for (table, column) in [("usage_minutes", "minute"), ("usage_hours", "hour")] {
            sqlx::query(&format!(
                "insert into {table} (organization_id, key_id, {column}, outcome, requests)
                 select organization_id, api_keys.id, date_trunc('{column}', at, 'UTC'),
                        case when number % 3 = 0 then 'rate_limited' else 'accepted' end, count(*)
                 from api_keys, generate_series(0, 2056) as number,
                      lateral (select $2::timestamptz + number * interval '7 minutes' as at) as moment
                 where api_keys.id = $1 group by 1, 2, 3, 4"
            ))
            .bind(key)
            .bind(from)
            .execute(&mut owner)
            .await?;
        }
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn bars_are_what_sql_says_across_clock_changes_and_half_hours(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (key, _) = world.key(&admin, "Export").await?;
        imagine(&world, key.0, datetime!(2026-03-24 00:00 UTC)).await?;
        let mut owner = world.owner.connect().await?;
        for name in ["UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York"] {
            let zone = Zone::named(name);
            let (from, to) = (date!(2026 - 03 - 25), date!(2026 - 03 - 31));
            let period = Period::days(from, to, &zone);
            let report = report(&world.backend, &admin, &period, By::Key).await?;
            let told: Vec<(String, i64, i64)> = report
                .buckets
                .iter()
                .map(|bar| (zone.local(bar.start).at.date().to_string(), bar.accepted, bar.refused))
                .collect();
            let sql: Vec<(String, i64, i64)> = sqlx::query_as(
                "select to_char(minute at time zone $1, 'YYYY-MM-DD'),
                        (sum(requests) filter (where outcome = 'accepted'))::bigint,
                        (sum(requests) filter (where outcome <> 'accepted'))::bigint
                 from usage_minutes
                 where (minute at time zone $1)::date between $2 and $3 group by 1 order by 1",
            )
            .bind(name)
            .bind(from)
            .bind(to)
            .fetch_all(&mut owner)
            .await?;
            assert_eq!(told, sql, "{name}");
            let sums = report.sums;
            let all: i64 = sql.iter().map(|(_, accepted, refused)| accepted + refused).sum();
            assert_eq!((sums.requests, sums.refused), (all, sums.rate_limited), "{name}");
            assert_eq!(report.groups.len(), 1, "{name}");
            assert_eq!(report.groups[0].accepted + report.groups[0].refused, all, "{name}");
            assert_eq!(report.reasons, [("rate_limited".to_owned(), sums.refused)], "{name}");
        }
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn other_tenants_count_for_nothing_and_the_period_before_ends_in_time(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (one, two) =
            (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
        let (key, _) = world.key(&one, "Export").await?;
        imagine(&world, key.0, datetime!(2026-03-24 00:00 UTC)).await?;
        let now = datetime!(2026-04-02 20:10 UTC);
        for range in Range::ALL {
            let period = Period::last(range, now, &Zone::utc());
            let of = async |admin| report(&world.backend, admin, &period, By::Channel).await;
            let (mine, theirs) = (of(&one).await?, of(&two).await?);
            assert_eq!((theirs.sums, theirs.groups.len()), (Sums::default(), 0), "{range:?}");
            assert_eq!(mine.groups.iter().map(|group| group.id).collect::<Vec<_>>(), [None]);
            let (bars, before) = (mine.sums.requests, mine.before.requests);
            match range {
                // 60 minutes, of which the last one is at 20:10; 7 days, and 2 of the week before.
                Range::Hour => assert_eq!((bars, before), (9, 8)),
                Range::Day => assert_eq!((bars > 190, before), (true, 206)),
                Range::Week => assert!(before > 500 && bars > before, "{bars} {before}"),
                Range::Month | Range::Quarter => assert_eq!((bars, before), (2057, 0)),
            }
        }
        Ok(())
    }
}
