//! Every request is counted once, whatever happens to the program.

use domain::keys::Access;
use domain::usage::levels::make_room;
use nix::sys::signal::Signal;
use server::startup::{Database, Server};
use sqlx::PgConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{Connection, Request, get};
use crate::support::program::{Program, serve};
use crate::support::server::{TestServer, config};
use crate::support::tenant::Tenant;
use crate::support::visitor::Visitor;
use crate::support::{Result, fail, until};

const REQUESTS: usize = 10_000;
const CONNECTIONS: usize = 8;

#[tokio::test]
async fn counts_are_written_within_two_seconds_by_outcome() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let call = |request: Request| request.host(&tenant.host()).key(&key.text);
    for _ in 0..5 {
        server.api(&call(get("/v1/nothing"))).await?;
    }
    for _ in 0..3 {
        server.api(&call(crate::support::http::post("/v1/patients", "{}"))).await?;
    }
    let mut owner = server.database.owner().await?;
    until("all are written", Duration::from_secs(2), async || {
        let hours: Vec<(String, i64)> = sqlx::query_as(
            "select outcome, sum(requests)::bigint from usage_hours group by outcome order by outcome",
        )
        .fetch_all(&mut owner)
        .await?;
        Ok(hours == [("accepted".to_owned(), 5), ("out_of_scope".to_owned(), 3)])
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_the_middle_of_ten_thousand_requests_loses_and_doubles_none() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let data_dir = directory.join("data");

    // An organization with a key, whose pepper is in the data directory.
    let named = Database::named(database.options()).await?;
    let server = Server::start(&config(&data_dir), &named).await?;
    let tenant = Tenant::make(server.backend(), "delivr").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    server.stop().await;

    let call = get("/api/v2/events_schema").host("apiv3.delivr.localhost").key(&key.text);
    let log = directory.join("log");
    let start = async || {
        let mut command = serve(&data_dir, &directory.site()?);
        command.env("DATABASE_URL", database.url());
        Program::start(command, &log).await
    };
    let mut program = start().await?;
    let load = Arc::new(Load { left: REQUESTS.into(), answered: 0.into() });
    let senders = load.start(&program.api, &call);
    while load.answered() < REQUESTS / 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    program.stop().await?;
    finish(senders).await?;
    let before = load.answered();
    assert!(before < REQUESTS, "stopped in the middle, not after {before}");

    let mut program = start().await?;
    finish(load.start(&program.api, &call)).await?;
    program.stop().await?;
    assert_eq!(load.answered(), REQUESTS);

    let mut owner = database.owner().await?;
    for table in ["usage_minutes", "usage_hours", "usage_days"] {
        assert_eq!(
            sum(&mut owner, table).await?,
            i64::try_from(REQUESTS)?,
            "{table} ({before} before)"
        );
    }
    Ok(())
}

/// Requests to be answered, by whoever is there.
struct Load {
    left: AtomicUsize,
    answered: AtomicUsize,
}

impl Load {
    fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    /// Asks until all requests are answered, or nobody answers any more.
    fn start(self: &Arc<Self>, address: &str, call: &Request) -> JoinSet<Result> {
        let mut senders = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (load, address, call) = (Arc::clone(self), address.to_owned(), call.clone());
            senders.spawn(async move {
                let mut connection = Connection::open(&address).await?;
                while load.take() {
                    let Ok(answer) = connection.send(&call).await else {
                        load.left.fetch_add(1, Ordering::Relaxed);
                        return Ok(());
                    };
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    load.answered.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            });
        }
        senders
    }

    fn take(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

async fn finish(mut load: JoinSet<Result>) -> Result {
    while let Some(ended) = load.join_next().await {
        ended??;
    }
    Ok(())
}

async fn sum(connection: &mut PgConnection, table: &str) -> Result<i64> {
    let sum = format!(
        "select coalesce(sum(requests), 0)::bigint from {table} where outcome = 'accepted'"
    );
    Ok(sqlx::query_scalar(&sum).fetch_one(connection).await?)
}

#[tokio::test]
async fn page_and_files_say_what_sql_says() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let mut owner = server.database.owner().await?;
    sqlx::query("update organizations set time_zone = 'Asia/Kolkata' where slug = $1")
        .bind(&tenant.slug)
        .execute(&mut owner)
        .await?;
    let now = server.backend().clock.now();
    let first = (now - time::Duration::days(9)).date();
    make_room(server.backend(), first, first, now.date()).await?;
    for (table, column) in
        [("usage_minutes", "minute"), ("usage_hours", "hour"), ("usage_days", "day")]
    {
        sqlx::query(&format!(
            "insert into {table} (organization_id, key_id, {column}, outcome, requests)
             select organization_id, id, date_trunc('{column}', at, 'UTC'),
                    case when extract(minute from at)::int % 2 = 0 then 'accepted' else 'expired' end, count(*)
             from api_keys, generate_series(now() - interval '9 days', now(), interval '17 minutes') as at
             where id = $1 group by 1, 2, 3, 4"
        ))
        .bind(key.id.0)
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
    let days: Vec<(String, i64, i64)> = sqlx::query_as(
        "select to_char(minute at time zone 'Asia/Kolkata', 'YYYY-MM-DD'),
                (sum(requests) filter (where outcome = 'accepted'))::bigint,
                (sum(requests) filter (where outcome <> 'accepted'))::bigint
         from usage_minutes
         where (minute at time zone 'Asia/Kolkata')::date > (now() at time zone 'Asia/Kolkata')::date - 7
         group by 1 order by 1",
    )
    .fetch_all(&mut owner)
    .await?;

    let admin = Visitor::sign_in(&server, &tenant.email).await?;
    let file = async |name: &str| admin.get(&format!("/{}/{name}?range=7d", tenant.slug)).await;
    let csv: Vec<(String, i64, i64)> = file("usage.csv")
        .await?
        .body
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            assert!(fields[0].ends_with("T00:00:00+05:30"), "{line}");
            Some((fields[0][..10].to_owned(), fields[2].parse().ok()?, fields[3].parse().ok()?))
        })
        .collect();
    assert_eq!(csv, days);
    let json = file("usage.json").await?.json()?;
    let all: i64 = days.iter().map(|(_, accepted, refused)| accepted + refused).sum();
    assert_eq!(json["sums"]["requests"], all);
    assert_eq!(json["groups"][0]["name"], "Test key");
    assert_eq!(json["reasons"][0]["reason"], "expired");
    assert_eq!(json["time_zone"], "Asia/Kolkata");
    // Beneath the graph stands the same as a table.
    let page = file("usage").await?;
    assert_eq!(page.status, 200);
    let table = page.body.split("<details").nth(1).unwrap_or_default();
    for (day, accepted, refused) in &days {
        let day: u8 = day[8..].parse()?;
        let row = table.split("<tr>").find(|row| row.contains(&format!(">{day} ")));
        let Some(row) = row else { return fail(format!("no row for the {day}th in {table}")) };
        for figure in [accepted, refused] {
            assert!(row.contains(&format!(">{figure}<")), "{figure} is not in {row}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_file_of_no_period_is_refused_in_the_words_of_its_page() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let admin = Visitor::sign_in(&server, &tenant.email).await?;
    let usage = ["usage.csv", "usage.json"].map(|file| (file, "usage"));
    let audit = ("settings/audit-log.csv", "settings/audit-log");
    for ((file, page), days, said) in [
        (usage[0], "from=2000-01-01&to=2001-01-01", "to: Ask for 366 days at most"),
        (usage[1], "from=0000-01-01&to=2026-03-01", "from: Enter a day as 2026-03-01"),
        (usage[1], "from=2026-03-01&to=2026-02-01", "to: This is before the first day"),
        (audit, "from=0000-01-01", "from: Enter a day as 2026-03-01"),
    ] {
        let answer = admin.get(&format!("/{}/{file}?range=custom&{days}", tenant.slug)).await?;
        assert_eq!((answer.status, answer.body.trim_end()), (422, said), "{file} {days}");
        assert_eq!(answer.header("content-disposition"), None);
        let page = admin.get(&format!("/{}/{page}?range=custom&{days}", tenant.slug)).await?;
        let words = said.split_once(": ").map_or(said, |(_, words)| words);
        assert!(page.status == 200 && page.body.contains(words), "{}", page.body);
    }
    for (file, days) in [
        ("usage.csv", "from=2026-02-01&to=2026-02-03"),
        ("settings/audit-log.csv", "from=2026-02-01"),
    ] {
        let answer = admin.get(&format!("/{}/{file}?range=custom&{days}", tenant.slug)).await?;
        assert_eq!(answer.status, 200, "{file}");
    }
    Ok(())
}

#[tokio::test]
async fn endpoints_are_told_apart_and_timed() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let call = |path: &str| get(path).host(&tenant.host()).key(&key.text);
    for path in
        ["/v1/patients", "/v1/patients", "/v1/patients/0190f3a2", "/v1/made-up/7", "/made/up"]
    {
        server.api(&call(path)).await?;
    }
    server
        .api(&crate::support::http::post("/v1/patients", "{}").host(&tenant.host()).key(&key.text))
        .await?;
    let mut owner = server.database.owner().await?;
    until("all are written", Duration::from_secs(3), async || {
        let found: Vec<(String, i64, i64, bool)> = sqlx::query_as(
            "select endpoint, requests, refused, bytes > 0
                    and requests - refused = (select sum(count) from unnest(latency) as count)
             from usage_endpoints order by endpoint",
        )
        .fetch_all(&mut owner)
        .await?;
        Ok(found
            == [
                ("/v1/patients".to_owned(), 3, 1, true),
                ("/v1/patients/{id}".to_owned(), 1, 0, true),
                ("Other paths".to_owned(), 2, 0, true),
            ])
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_no_count() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let (data_dir, site) = (directory.join("data"), directory.site()?);
    let named = Database::named(database.options()).await?;
    let server = Server::start(&config(&data_dir), &named).await?;
    let tenant = Tenant::make(server.backend(), "delivr").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    server.stop().await;
    let call = get("/api/v2/events_schema").host("apiv3.delivr.localhost").key(&key.text);
    let start = async |database: &TestDatabase, name: &str| {
        let mut command = serve(&data_dir, &site);
        command.env("DATABASE_URL", database.url());
        Program::start(command, &directory.join(name)).await
    };
    let mut owner = database.owner().await?;
    let mut answered = 0;
    // Some kills hit counts that wait, some a batch on its way to the database.
    for kill in 0..4 {
        let mut program = start(&database, &format!("killed {kill}")).await?;
        let mut connection = Connection::open(&program.api).await?;
        let (began, before) = (Instant::now(), answered);
        while began.elapsed() < Duration::from_millis(900 + 60 * kill) {
            assert_eq!(connection.send(&call).await?.status, 200);
            answered += 1;
        }
        program.signal(Signal::SIGKILL)?;
        program.ended().await?;
        let counted = sum(&mut owner, "usage_minutes").await?;
        assert!(answered - before > 1, "the program was hardly asked");
        eprintln!("kill {kill}: {answered} answered, {counted} counted until then");
    }
    // Another database would not know the keys.
    let other = TestDatabase::make().await?;
    let mut program = start(&other, "elsewhere").await?;
    until("they are left alone", Duration::from_secs(10), async || {
        Ok(program.log()?.contains("belongs into another database"))
    })
    .await?;
    program.stop().await?;
    let mut program = start(&database, "last").await?;
    until("what the killed ones counted is written", Duration::from_secs(10), async || {
        Ok(sum(&mut owner, "usage_minutes").await? >= answered)
    })
    .await?;
    program.signal(Signal::SIGTERM)?;
    program.ended().await?;
    for table in ["usage_minutes", "usage_days", "usage_organization_days"] {
        assert_eq!(sum(&mut owner, table).await?, answered, "{table}");
    }
    let measured = "select sum(requests - refused)::bigint from usage_endpoints";
    assert_eq!(sqlx::query_scalar::<_, i64>(measured).fetch_one(&mut owner).await?, answered);
    assert_eq!(std::fs::read_dir(data_dir.join("usage"))?.count(), 0);
    Ok(())
}
