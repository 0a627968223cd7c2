//! Every request is counted once, whatever happens to the program.

use domain::keys::Access;
use server::startup::{Database, Server};
use sqlx::PgConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{Connection, Request, get};
use crate::support::program::{Program, serve};
use crate::support::server::{TestServer, config};
use crate::support::tenant::Tenant;
use crate::support::{Result, until};

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
    for table in ["usage_minutes", "usage_hours"] {
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
