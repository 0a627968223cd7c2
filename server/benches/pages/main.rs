//! What pages take that look back: a month's graphs beside ten thousand keys' history, and the
//! access log of ten million calls, by each of its filters. README.md tells how to read it.
//!
//! Needs `DATABASE_URL`, as the tests do; `.ci/bench` makes one.

#[path = "../../tests/it/support/mod.rs"]
#[expect(dead_code, reason = "what tests stand on has more than is measured with")]
mod support;

use domain::usage::Range;
use domain::usage::levels::make_room;
use domain::usage::series::{Subject, series};
use sqlx::PgConnection;
use std::time::{Duration, Instant};
use support::Result;
use support::server::TestServer;
use support::tenant::Tenant;
use support::visitor::Visitor;
use uuid::Uuid;

/// Asks for a run that shows only that everything works.
const QUICK: &str = "LATCHKEY_BENCH_QUICK";
const DAYS: i32 = 10;
const TIMES: usize = 60;

struct Scale {
    keys: i32,
    calls_a_day: i32,
}

/// Keys of the organization, each with a month's hours.
const KEYS: &str = "
    insert into api_keys (id, organization_id, name, environment, scopes, prefix, last_four, digest, pepper_version, created_by)
        select gen_random_uuid(), organizations.id, 'Key ' || number, 'live', '{*}', 'dph_live_', 'abcd',
               sha256(int8send(number)), 1, (select id from users limit 1)
        from organizations, generate_series(1::bigint, $2) number where slug = $1";
const HOURS: &str = "
    insert into usage_hours (organization_id, key_id, hour, outcome, requests)
        select organization_id, id, hour, 'accepted', 60
        from api_keys, generate_series(date_trunc('hour', now(), 'UTC') - interval '30 days', now(), interval '1 hour') hour";
const DAYS_OF_HOURS: &str = "
    insert into usage_days (organization_id, key_id, day, outcome, requests)
        select organization_id, key_id, date_trunc('day', hour, 'UTC'), outcome, sum(requests)
        from usage_hours group by 1, 2, 3, 4";
const SUMS: &str = "
    insert into usage_organization_hours (organization_id, hour, outcome, requests)
        select organization_id, hour, outcome, sum(requests) from usage_hours group by 1, 2, 3;
    insert into usage_organization_days (organization_id, day, outcome, requests)
        select organization_id, day, outcome, sum(requests) from usage_days group by 1, 2, 3";
/// Every tenth call was refused, for one of two reasons; a key in a thousand and an address in a
/// thousand are rare.
const CALLS: &str = "
    insert into access_log (organization_id, request_id, at, key_id, method, endpoint, path, status, reason, duration_us, ip, node)
        select organization_id,
               (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(number::text), 1, 3)
                || '8' || substr(md5(number::text), 4, 15))::uuid,
               date_trunc('milliseconds', at), id, 'GET', '/v1/patients', '/v1/patients',
               case when refused then 401 else 200 end,
               case when refused then case when number % 1000 = 0 then 'expired' else 'out_of_scope' end end,
               120, '10.0.0.0'::inet + (number % 1000), 'bench'
        from generate_series(1, $1) number,
             lateral (select $2::timestamptz + (number - 1) * interval '1 day' / $1 as at, number % 10 = 0 as refused) as call,
             lateral (select ids[1 + number % cardinality(ids)] as id from (select $3::uuid[] as ids) as ids) as key,
             (select organization_id from api_keys limit 1) as organization";

#[tokio::main]
async fn main() -> Result {
    let scale = if std::env::var_os(QUICK).is_some() {
        Scale { keys: 200, calls_a_day: 2_000 }
    } else {
        Scale { keys: 10_000, calls_a_day: 1_000_000 }
    };
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let mut owner = server.database.owner().await?;
    let key = seed(&server, &mut owner, &tenant, &scale).await?;
    graph(&server, &tenant, key).await?;
    pages(&server, &tenant, &mut owner, key).await
}

async fn seed(
    server: &TestServer,
    owner: &mut PgConnection,
    tenant: &Tenant,
    scale: &Scale,
) -> Result<Uuid> {
    let began = Instant::now();
    let keys = i64::from(scale.keys);
    sqlx::query(KEYS).bind(&tenant.slug).bind(keys).execute(&mut *owner).await?;
    let today = server.backend().clock.now().date();
    make_room(server.backend(), today - time::Duration::days(31), today, today).await?;
    sqlx::query(HOURS).execute(&mut *owner).await?;
    sqlx::query(DAYS_OF_HOURS).execute(&mut *owner).await?;
    sqlx::raw_sql(SUMS).execute(&mut *owner).await?;
    say(&format!("{keys} keys with a month's hours each, in {:.0?}.", began.elapsed()));
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from api_keys order by id limit 1000")
        .fetch_all(&mut *owner)
        .await?;
    for day in (0..DAYS).rev() {
        let began = Instant::now();
        sqlx::query(
            "select app.open_partition('access_log', day, day + 1)
             from (select (now() at time zone 'UTC')::date - $1 as day) as days",
        )
        .bind(day)
        .execute(&mut *owner)
        .await?;
        let first: time::OffsetDateTime =
            sqlx::query_scalar("select date_trunc('day', now(), 'UTC') - $1 * interval '1 day'")
                .bind(day)
                .fetch_one(&mut *owner)
                .await?;
        sqlx::query(CALLS)
            .bind(scale.calls_a_day)
            .bind(first)
            .bind(&ids)
            .execute(&mut *owner)
            .await?;
        say(&format!("{} calls of one day, in {:.0?}.", scale.calls_a_day, began.elapsed()));
    }
    sqlx::raw_sql("vacuum analyze").execute(&mut *owner).await?;
    Ok(ids[0])
}

/// In the database, with what it takes to get there.
async fn graph(server: &TestServer, tenant: &Tenant, key: Uuid) -> Result {
    let subject = Subject::Key(domain::ids::KeyId(key));
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        let bars = series(server.backend(), &tenant.admin, subject, Range::Month).await?;
        took.push(began.elapsed());
        assert!(bars.iter().any(|bar| bar.accepted > 0));
    }
    print("30 days' graph of one key, in the database", took);
    Ok(())
}

async fn pages(
    server: &TestServer,
    tenant: &Tenant,
    owner: &mut PgConnection,
    key: Uuid,
) -> Result {
    let visitor = Visitor::sign_in(server, &tenant.email).await?;
    let middle: Uuid = sqlx::query_scalar(
        "select request_id from access_log where at > date_trunc('day', now(), 'UTC') - interval '5 days'
         order by at limit 1",
    )
    .fetch_one(&mut *owner)
    .await?;
    let usage = format!("/{}/usage?range=30d", tenant.slug);
    for zone in ["Asia/Kolkata", "America/New_York", "UTC"] {
        sqlx::query("update organizations set time_zone = $1")
            .bind(zone)
            .execute(&mut *owner)
            .await?;
        measure(&visitor, &format!("usage page, 30 days, {zone}"), &usage).await?;
    }
    let log = |filter: &str| format!("/{}/access-log?{filter}", tenant.slug);
    for (what, path) in [
        ("key page, 30 days", format!("/{}/settings/api-keys/{key}?range=30d", tenant.slug)),
        ("access log, newest", log("")),
        ("access log, from the middle", log(&format!("before={middle}"))),
        ("access log, a rare key", log(&format!("key={key}"))),
        ("access log, refused", log("ended=refused")),
        ("access log, a rare reason", log("ended=expired")),
        ("access log, a reason that is not there", log("ended=rate_limited")),
        ("access log, accepted", log("ended=accepted")),
        ("access log, a rare address", log("ip=10.0.0.7")),
        ("access log, an address that is not there", log("ip=192.0.2.1")),
        ("access log, a key refused for a rare reason", log(&format!("key={key}&ended=expired"))),
        ("access log, a key from an address", log(&format!("key={key}&ip=10.0.0.9"))),
        ("one call by its id", format!("/{}/access-log/{middle}", tenant.slug)),
    ] {
        measure(&visitor, what, &path).await?;
    }
    Ok(())
}

async fn measure(visitor: &Visitor, what: &str, path: &str) -> Result {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let began = Instant::now();
        let (head, mut answer) = visitor.listen(path).await?;
        first.push(began.elapsed());
        let body = answer.rest().await?;
        last.push(began.elapsed());
        assert_eq!(head.status, 200, "{path}: {body}");
    }
    print(what, first);
    print("    to its last byte", last);
    Ok(())
}

fn print(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |percent: usize| took.get(took.len() * percent / 100).copied().unwrap_or_default();
    say(&format!("{what:<48} p50 {:>8.1?}, p95 {:>8.1?} ({} times)", at(50), at(95), took.len()));
}

#[expect(clippy::print_stdout, reason = "the lines are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
