//! An organization's usage over a period: bars, reasons, and what it is made of.

use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::levels::kept_since;
use super::period::Period;
use super::stretches::Stretches;
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
    /// Whether requests may stand beside the bar that they belong to: only whole hours, or days in
    /// UTC, are left of that time.
    pub coarse: bool,
}

/// The organization's report of the period.
pub async fn report(backend: &Backend, member: &Member, period: &Period, by: By) -> Result<Report> {
    let organization = member.organization().id;
    let mut transaction =
        database::tenant::begin_snapshot(&backend.pools.app, organization).await?;
    let kept = kept_since(&mut transaction).await?;
    let counted = |period: Period| Counted {
        organization: organization.0,
        stretches: Stretches::of(&period, kept),
        bounds: period.bounds,
    };
    let as_one = |start, end| Period { bounds: vec![start, end], ..period.clone() };
    let mut report = bars(&mut transaction, &counted(period.clone())).await?;
    let whole = counted(as_one(period.start(), period.end()));
    report.groups = groups(&mut transaction, &whole, by).await?;
    let before = counted(as_one(period.before, period.start()));
    report.before = bars(&mut transaction, &before).await?.sums;
    transaction.commit().await?;
    Ok(report)
}

/// What is counted, and from where.
struct Counted {
    organization: Uuid,
    bounds: Vec<OffsetDateTime>,
    stretches: Stretches,
}

/// Requests within the bounds `$2`, with the number of their bar, from 1, each read from the level
/// that its stretch names.
const COUNTED: &str = "
    with stretches as (
        select level, starts, ends, coarse
        from unnest($3::text[], $4::timestamptz[], $5::timestamptz[], $6::boolean[])
             as stretch (level, starts, ends, coarse)
    ), counted as (
        select width_bucket(minute, $2) as bar, key_id, outcome, requests, coarse
        from stretches join usage_minutes on minute >= starts and minute < ends
        where level = 'minutes' and organization_id = $1
          and minute >= ($2)[1] and minute < ($2)[cardinality($2)]
        union all
        select width_bucket(hour, $2), key_id, outcome, requests, coarse
        from stretches join usage_hours on hour >= starts and hour < ends
        where level = 'hours' and organization_id = $1
          and hour >= ($2)[1] and hour < ($2)[cardinality($2)]
        union all
        select width_bucket(day, $2), key_id, outcome, requests, coarse
        from stretches join usage_days on day >= starts and day < ends
        where level = 'days' and organization_id = $1
          and day >= ($2)[1] and day < ($2)[cardinality($2)]
    )";

async fn bars(
    transaction: &mut Transaction<'static, Postgres>,
    counted: &Counted,
) -> Result<Report> {
    let statement = format!(
        "{COUNTED} select bar, outcome, sum(requests)::bigint, bool_or(coarse)
         from counted group by 1, 2 order by 3 desc, 2"
    );
    let rows: Vec<(i32, String, i64, bool)> = sqlx::query_as(&statement)
        .bind(counted.organization)
        .bind(&counted.bounds)
        .bind(&counted.stretches.levels)
        .bind(&counted.stretches.starts)
        .bind(&counted.stretches.ends)
        .bind(&counted.stretches.coarse)
        .fetch_all(&mut **transaction)
        .await?;
    let empty = |pair: &[OffsetDateTime]| Bucket { start: pair[0], accepted: 0, refused: 0 };
    let mut report =
        Report { buckets: counted.bounds.windows(2).map(empty).collect(), ..Report::default() };
    for (bar, outcome, requests, coarse) in rows {
        report.coarse |= coarse;
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
    counted: &Counted,
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
             order by sum(requests) desc, 1 limit $7)
         select id, {name}, accepted, refused from sums order by accepted + refused desc, id"
    );
    let rows: Vec<(Option<Uuid>, Option<String>, i64, i64)> = sqlx::query_as(&statement)
        .bind(counted.organization)
        .bind(&counted.bounds)
        .bind(&counted.stretches.levels)
        .bind(&counted.stretches.starts)
        .bind(&counted.stretches.ends)
        .bind(&counted.stretches.coarse)
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
    use crate::usage::levels::make_room;
    use crate::zone::Zone;
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;
    use time::macros::{date, datetime};

    /// A request every seven minutes for ten days, every third of them refused.
    async fn imagine(world: &World, key: Uuid, from: OffsetDateTime) -> Result<()> {
        let mut owner = world.owner.connect().await?;
        let last = (from + Duration::days(10)).date();
        make_room(&world.backend, from.date(), from.date(), last).await?;
        for (table, column) in
            [("usage_minutes", "minute"), ("usage_hours", "hour"), ("usage_days", "day")]
        {
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
    async fn what_is_no_longer_kept_is_told_by_what_is(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (key, _) = world.key(&admin, "Export").await?;
        imagine(&world, key.0, datetime!(2026-03-24 00:00 UTC)).await?;
        let kolkata = Zone::named("Asia/Kolkata");
        let of = async |from, to| {
            let period = Period::days(from, to, &kolkata);
            report(&world.backend, &admin, &period, By::Key).await
        };
        let (from, to) = (date!(2026 - 03 - 26), date!(2026 - 03 - 31));
        let exact = of(from, to).await?;
        assert!(!exact.coarse);
        let mut validator = world.backend.pools.validator.acquire().await?;
        // First minutes go, then hours, whose partition is a month long.
        for (table, before) in
            [("usage_minutes", date!(2026 - 03 - 29)), ("usage_hours", date!(2026 - 04 - 01))]
        {
            sqlx::query("select app.drop_partitions($1, $2)")
                .bind(table)
                .bind(before)
                .execute(&mut *validator)
                .await?;
            let coarse = of(from, to).await?;
            assert!(coarse.coarse, "{table}");
            let bars = |report: &Report| -> i64 {
                report.buckets.iter().map(|bar| bar.accepted + bar.refused).sum()
            };
            let groups = coarse.groups[0].accepted + coarse.groups[0].refused;
            assert_eq!((bars(&coarse), groups), (coarse.sums.requests, coarse.sums.requests));
            assert_eq!(coarse.buckets.len(), exact.buckets.len());
            if table == "usage_minutes" {
                // At most half an hour at an edge, with a request every seven minutes.
                assert!((coarse.sums.requests - exact.sums.requests).abs() <= 5);
                // Later days are as exact as before.
                assert_eq!(coarse.buckets[4..], exact.buckets[4..]);
                let later = (date!(2026 - 03 - 30), date!(2026 - 03 - 31));
                assert!(!of(later.0, later.1).await?.coarse);
            } else {
                let day = |number: usize| {
                    coarse.buckets[number].accepted + coarse.buckets[number].refused
                };
                let sql: i64 = sqlx::query_scalar(
                    "select sum(requests)::bigint from usage_days where day = '2026-03-27 00:00+00'",
                )
                .fetch_one(&mut *validator)
                .await?;
                // The 27th in UTC begins on the 27th there.
                assert_eq!(day(1), sql);
            }
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
