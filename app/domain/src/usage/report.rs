//! An organization's usage over a period: bars, reasons, and what it is made of.

use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

pub use super::groups::{By, GROUPS_MAX, Group};

use super::groups::groups;
use super::levels::{KeptSince, kept_since};
use super::period::Period;
use super::stretches::Stretches;
use crate::ids::OrganizationId;
use crate::members::Member;
use crate::usage::Bucket;
use crate::{Backend, Result, database};

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
    let (report, breakdown) = begin(backend, member, period).await?;
    Ok(Report { groups: breakdown.groups(by).await?, ..report })
}

/// The same, with its groups still to be read: with ten thousand keys they take longer than all else.
pub async fn begin(
    backend: &Backend,
    member: &Member,
    period: &Period,
) -> Result<(Report, Breakdown)> {
    let organization = member.organization().id;
    let mut transaction =
        database::tenant::begin_snapshot(&backend.pools.app, organization).await?;
    let kept = kept_since(&mut transaction).await?;
    let mut report = bars(&mut transaction, organization, period, kept).await?;
    let before = Period { bounds: vec![period.before, period.start()], ..period.clone() };
    report.before = bars(&mut transaction, organization, &before, kept).await?.sums;
    let stretches = Stretches::of_whole(period, kept, backend.clock.now());
    Ok((report, Breakdown { transaction, organization, stretches }))
}

/// Reads what a report is made of, as things stood when it was begun.
#[derive(Debug)]
pub struct Breakdown {
    transaction: Transaction<'static, Postgres>,
    organization: OrganizationId,
    stretches: Stretches,
}

impl Breakdown {
    /// Keys or channels, the busiest first.
    pub async fn groups(mut self, by: By) -> Result<Vec<Group>> {
        let groups = groups(&mut self.transaction, self.organization, &self.stretches, by).await?;
        self.transaction.commit().await?;
        Ok(groups)
    }
}

/// Requests of `$1` within the bounds `$2`, with the number of their bar, from 1, each read from the
/// level that its stretch names.
const BARS: &str = "
    with stretches as (
        select level, starts, ends, coarse
        from unnest($3::text[], $4::timestamptz[], $5::timestamptz[], $6::boolean[])
             as stretch (level, starts, ends, coarse)
    ), counted as (
        select minute as at, outcome, requests, coarse
        from stretches join usage_organization_minutes on minute >= starts and minute < ends
        where level = 'minutes' and organization_id = $1
          and minute >= ($2)[1] and minute < ($2)[cardinality($2)]
        union all
        select hour, outcome, requests, coarse
        from stretches join usage_organization_hours on hour >= starts and hour < ends
        where level = 'hours' and organization_id = $1
          and hour >= ($2)[1] and hour < ($2)[cardinality($2)]
        union all
        select day, outcome, requests, coarse
        from stretches join usage_organization_days on day >= starts and day < ends
        where level = 'days' and organization_id = $1
          and day >= ($2)[1] and day < ($2)[cardinality($2)]
    )
    select width_bucket(at, $2) as bar, outcome, sum(requests)::bigint, bool_or(coarse)
    from counted group by 1, 2 order by 3 desc, 2";

async fn bars(
    transaction: &mut Transaction<'static, Postgres>,
    organization: OrganizationId,
    period: &Period,
    kept: KeptSince,
) -> Result<Report> {
    let stretches = Stretches::of(period, kept);
    let rows: Vec<(i32, String, i64, bool)> = sqlx::query_as(BARS)
        .bind(organization.0)
        .bind(&period.bounds)
        .bind(&stretches.levels)
        .bind(&stretches.starts)
        .bind(&stretches.ends)
        .bind(&stretches.coarse)
        .fetch_all(&mut **transaction)
        .await?;
    let empty = |pair: &[OffsetDateTime]| Bucket { start: pair[0], accepted: 0, refused: 0 };
    let mut report =
        Report { buckets: period.bounds.windows(2).map(empty).collect(), ..Report::default() };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::KeyId;
    use crate::testing::World;
    use crate::usage::Range;
    use crate::usage::levels::make_room;
    use crate::zone::Zone;
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;
    use time::macros::{date, datetime};
    use uuid::Uuid;

    /// A request every seven minutes for ten days, every third of them refused.
    async fn imagine(world: &World, key: Uuid, from: OffsetDateTime) -> Result<()> {
        let mut owner = world.owner.connect().await?;
        let last = (from + Duration::days(10)).date();
        // Long after.
        world.clock.set(from + Duration::days(40));
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
            let sums = table.replace("usage_", "usage_organization_");
            sqlx::query(&format!(
                "insert into {sums} (organization_id, {column}, outcome, requests)
                 select organization_id, {column}, outcome, sum(requests) from {table} group by 1, 2, 3"
            ))
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
        // Days that are long over, and days of which the last one is under way.
        let (over, under_way) = (world.clock.now(), datetime!(2026-04-02 23:55 UTC));
        let zones = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York"];
        for (now, name) in
            [over, under_way].into_iter().flat_map(|now| zones.map(|name| (now, name)))
        {
            world.clock.set(now);
            let zone = Zone::named(name);
            let (from, today) = (date!(2026 - 03 - 25), zone.local(now).at.date());
            let to = if now == over { date!(2026 - 03 - 31) } else { today };
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
    async fn former_texts_count_as_their_key(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (key, _) = world.key(&admin, "Export").await?;
        let (former, _) = world.key(&admin, "Before").await?;
        let (other, _) = world.key(&admin, "Other").await?;
        imagine(&world, key.0, datetime!(2026-03-24 00:00 UTC)).await?;
        let mut owner = world.owner.connect().await?;
        for (id, unit) in [(former, "2 days"), (other, "8 days")] {
            for (table, column) in
                [("usage_minutes", "minute"), ("usage_hours", "hour"), ("usage_days", "day")]
            {
                sqlx::query(&format!(
                    "update {table} set key_id = $1
                     where key_id = $2 and {column} >= '2026-03-24 00:00+00'::timestamptz + $3::interval
                       and {column} < '2026-03-24 00:00+00'::timestamptz + $3::interval + '1 day'"
                ))
                .bind(id.0)
                .bind(key.0)
                .bind(unit)
                .execute(&mut owner)
                .await?;
            }
        }
        sqlx::query("update api_keys set draining_of = $1, expires_at = $3 where id = $2")
            .bind(key.0)
            .bind(former.0)
            .bind(world.clock.now())
            .execute(&mut owner)
            .await?;
        for name in ["UTC", "Asia/Kolkata", "America/New_York"] {
            let (from, to) = (date!(2026 - 03 - 24), date!(2026 - 04 - 03));
            let period = Period::days(from, to, &Zone::named(name));
            let keys = report(&world.backend, &admin, &period, By::Key).await?;
            let told: Vec<_> =
                keys.groups.iter().map(|group| (group.id, group.name.clone())).collect();
            let named = |id: KeyId, name: &str| (Some(id.0), Some(name.to_owned()));
            assert_eq!(told, [named(key, "Export"), named(other, "Other")], "{name}");
            let of = |group: &Group| (group.accepted, group.refused);
            let theirs: (i64, i64) = sqlx::query_as(
                "select (sum(requests) filter (where outcome = 'accepted'))::bigint,
                        (sum(requests) filter (where outcome <> 'accepted'))::bigint
                 from usage_minutes where key_id = $1",
            )
            .bind(other.0)
            .fetch_one(&mut owner)
            .await?;
            assert_eq!(of(&keys.groups[1]), theirs, "{name}");
            let all: i64 = keys.groups.iter().map(|group| group.accepted + group.refused).sum();
            assert_eq!(all, keys.sums.requests, "{name}");
            let channels = report(&world.backend, &admin, &period, By::Channel).await?.groups;
            let refused = keys.sums.refused;
            assert_eq!(channels.iter().map(of).collect::<Vec<_>>(), [(all - refused, refused)]);
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
