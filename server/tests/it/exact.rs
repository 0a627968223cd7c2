//! What was counted is what was answered, by key and outcome: while connections are cut at COMMIT,
//! the database is restarted, and the access log has more to take than it has room for.

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use domain::access_log::{Queue, write::write_until};
use domain::clock::Clock;
use domain::keys::Access;
use domain::keys::revoke::revoke;
use domain::usage::flush::flush_until;
use domain::usage::levels::Retention;
use domain::{Backend, directory};
use server::api::{Api, TrustedProxies};
use server::gateway::{Gateway, Upstreams};
use server::metrics::Traffic;
use server::postgres::{Cluster, Durability, Postgres};
use sqlx::{ConnectOptions, PgConnection};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

use crate::faults::proxy::Proxy;
use crate::faults::rig::{backend, by_network};
use crate::support::directory::TestDirectory;
use crate::support::tenant::Tenant;
use crate::support::{Result, until};

const NODES: usize = 6;
const CUTS: u64 = 60;
/// Room for some calls only, of a node whose log overflows.
const LITTLE_ROOM: usize = 20_000;
const KEPT_DAYS: u16 = 30;
const PATIENCE: Duration = Duration::from_secs(60);

/// Requests by key and outcome.
type Counts = BTreeMap<(Uuid, String), i64>;

/// One run of the program, without its listeners.
struct Node {
    backend: Arc<Backend>,
    api: Api,
    stop: watch::Sender<bool>,
    writers: [JoinHandle<()>; 2],
    follow: JoinHandle<()>,
}

impl Node {
    async fn start(mut backend: Backend, number: usize) -> Result<Self> {
        backend.node_name = format!("node {number}");
        if number == 0 {
            backend.access_log = Queue::with_capacity(LITTLE_ROOM);
        }
        let backend = Arc::new(backend);
        let follow = tokio::spawn(directory::follow::follow(Arc::clone(&backend)));
        until("the directory is loaded", PATIENCE, async || Ok(backend.directory.is_loaded()))
            .await?;
        let (stop, stopping) = watch::channel(false);
        let writers = [
            tokio::spawn(flush_until(Arc::clone(&backend), Retention::default(), stopping.clone())),
            tokio::spawn(write_until(Arc::clone(&backend), KEPT_DAYS, stopping)),
        ];
        let gateway = Gateway::new(&Upstreams::default(), &backend.profiles)?;
        let traffic = Arc::new(Traffic::new(&backend.profiles));
        let trusted = TrustedProxies::default();
        let api = Api::new(Arc::clone(&backend), trusted, false, gateway, traffic)?;
        Ok(Self { backend, api, stop, writers, follow })
    }

    async fn end(self) -> Result<Arc<Backend>> {
        self.stop.send_replace(true);
        for writer in self.writers {
            writer.await?;
        }
        self.follow.abort();
        Ok(self.backend)
    }
}

/// A request, and what has to come of it.
#[derive(Clone)]
struct Question {
    method: Method,
    host: String,
    text: String,
    key: Uuid,
    outcome: &'static str,
    status: u16,
}

impl Question {
    fn request(&self) -> Result<Request> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::from_static("/v1/nothing");
        for (name, value) in [("host", &self.host), ("x-api-key", &self.text)] {
            let name = HeaderName::from_static(name);
            request.headers_mut().insert(name, HeaderValue::from_str(value)?);
        }
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 9))));
        Ok(request)
    }
}

/// Asks one node until told to stop; what it has answered.
async fn ask(api: Api, questions: Vec<Question>, stop: Arc<AtomicBool>) -> Result<Counts> {
    let mut counts = Counts::new();
    for question in questions.iter().cycle() {
        if stop.load(Ordering::Acquire) {
            break;
        }
        let answer = api.clone().oneshot(question.request()?).await?;
        assert_eq!(answer.status().as_u16(), question.status, "{}", question.outcome);
        *counts.entry((question.key, question.outcome.to_owned())).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(counts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_are_what_was_answered_whatever_becomes_of_connections() -> Result {
    let home = TestDirectory::make()?;
    let start = async || -> Result<Postgres> {
        let cluster = Cluster::prepare(&home.join("postgres"), Durability::ThrowAway).await?;
        Ok(Postgres::start(cluster).await?)
    };
    let mut postgres = start().await?;
    let direct = postgres.options().clone();
    domain::database::migrate::migrate(&direct).await?;
    let maker = Arc::new(backend(&direct, &Clock::system())?);
    let questions = questions(&maker).await?;

    let socket = direct.get_socket().ok_or("no socket")?;
    let proxy = Proxy::start(socket.join(format!(".s.PGSQL.{}", direct.get_port()))).await?;
    let mut nodes = Vec::new();
    for number in 0..NODES {
        let backend = backend(&by_network(proxy.port, &direct), &Clock::system())?;
        nodes.push(Node::start(backend, number).await?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let ask =
        |node: &Node| tokio::spawn(ask(node.api.clone(), questions.clone(), Arc::clone(&stop)));
    let asking: Vec<_> = nodes.iter().map(ask).collect();

    proxy.cut_commits(true);
    until("half of the cuts", PATIENCE, async || Ok(proxy.commits_cut() >= CUTS / 2)).await?;
    postgres.stop().await;
    postgres = start().await?;
    until("all cuts", PATIENCE, async || Ok(proxy.commits_cut() >= CUTS)).await?;
    proxy.cut_commits(false);
    stop.store(true, Ordering::Release);

    let mut answered = Counts::new();
    for counts in asking {
        for (what, number) in counts.await?? {
            *answered.entry(what).or_default() += number;
        }
    }
    let mut shed = 0;
    for node in nodes {
        let backend = node.end().await?;
        shed += backend.access_log.shed();
        backend.pools.close().await;
    }
    let mut owner = direct.connect().await?;
    for table in ["usage_minutes", "usage_hours", "usage_days"] {
        assert_eq!(
            counts(&mut owner, table, "outcome", "sum(requests)").await?,
            answered,
            "{table}"
        );
    }
    expect_sums_of_organizations(&mut owner).await?;
    expect_measures(&mut owner, &answered).await?;
    expect_log(&mut owner, &answered, i64::try_from(shed)?).await?;
    eprintln!(
        "{} answers counted exactly; {} commits cut, one restart, {shed} calls shed from the log",
        answered.values().sum::<i64>(),
        proxy.commits_cut()
    );
    maker.pools.close().await;
    drop(owner);
    postgres.stop().await;
    Ok(())
}

/// Keys of one organization, and what becomes of requests with them.
async fn questions(maker: &Arc<Backend>) -> Result<Vec<Question>> {
    let tenant = Tenant::make(maker, "delphos").await?;
    let mut keys = Vec::new();
    for access in [Access::ReadWrite, Access::Read, Access::Read] {
        keys.push(tenant.unknown_key_of(&Tenant::new_key(access)?).await?);
    }
    revoke(maker, &tenant.admin, keys[2].id).await?;
    let ask = |method: Method, key: usize, outcome, status| Question {
        method,
        host: tenant.host(),
        text: keys[key].text.clone(),
        key: keys[key].id.0,
        outcome,
        status,
    };
    Ok(vec![
        ask(Method::GET, 0, "accepted", 404),
        ask(Method::POST, 0, "accepted", 404),
        ask(Method::GET, 1, "accepted", 404),
        ask(Method::POST, 1, "out_of_scope", 403),
        ask(Method::GET, 2, "revoked", 401),
    ])
}

async fn counts(
    owner: &mut PgConnection,
    table: &str,
    outcome: &str,
    number: &str,
) -> Result<Counts> {
    let sql = format!("select key_id, {outcome}, {number}::bigint from {table} group by 1, 2");
    let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(&sql).fetch_all(owner).await?;
    Ok(rows.into_iter().map(|(key, outcome, number)| ((key, outcome), number)).collect())
}

/// What is told of an organization as a whole is the sum of what is told of its keys.
async fn expect_sums_of_organizations(owner: &mut PgConnection) -> Result {
    let counts = "organization_id, outcome, sum(requests)::bigint";
    let measures = "organization_id, endpoint, (sum(requests), sum(refused), sum(bytes), sum(latency[1]), sum(latency[2]))::text";
    for (level, unit, what) in [
        ("minutes", "minute", counts),
        ("hours", "hour", counts),
        ("days", "day", counts),
        ("endpoints", "hour", measures),
    ] {
        let of =
            |table: &str| format!("select {unit}, {what} from {table}_{level} group by 1, 2, 3");
        let (keys, organizations) = (of("usage"), of("usage_organization"));
        let (differing, all): (i64, i64) = sqlx::query_as(&format!(
            "select (select count(*) from (({keys} except {organizations}) union all ({organizations} except {keys})) as differing),
                    (select count(*) from ({organizations}) as sums)"
        ))
        .fetch_one(&mut *owner)
        .await?;
        assert!(differing == 0 && all > 0, "{differing} of {all} {level}");
    }
    Ok(())
}

/// By endpoint, measures know of each key how many requests there were, and how many refused.
async fn expect_measures(owner: &mut PgConnection, answered: &Counts) -> Result {
    let mut expected = BTreeMap::<Uuid, (i64, i64)>::new();
    for ((key, outcome), number) in answered {
        let (all, refused) = expected.entry(*key).or_default();
        *all += number;
        *refused += if outcome == "accepted" { 0 } else { *number };
    }
    let rows: Vec<(Uuid, i64, i64)> = sqlx::query_as(
        "select key_id, sum(requests)::bigint, sum(refused)::bigint from usage_endpoints group by 1",
    )
    .fetch_all(owner)
    .await?;
    let measured: BTreeMap<_, _> =
        rows.into_iter().map(|(key, all, refused)| (key, (all, refused))).collect();
    assert_eq!(measured, expected);
    Ok(())
}

/// A line each, but for those that were shed, whose number is kept.
async fn expect_log(owner: &mut PgConnection, answered: &Counts, shed: i64) -> Result {
    let logged = counts(owner, "access_log", "coalesce(reason, 'accepted')", "count(*)").await?;
    let gaps: i64 =
        sqlx::query_scalar("select coalesce(sum(calls), 0)::bigint from access_log_gaps")
            .fetch_one(&mut *owner)
            .await?;
    let doubled: i64 =
        sqlx::query_scalar("select count(*) - count(distinct request_id) from access_log")
            .fetch_one(owner)
            .await?;
    let all = |counts: &Counts| counts.values().sum::<i64>();
    assert_eq!((all(&logged) + gaps, gaps, doubled), (all(answered), shed, 0));
    assert!(shed > 0, "the log of one node never was full");
    for (what, number) in &logged {
        assert!(answered[what] >= *number, "{what:?}");
    }
    Ok(())
}
