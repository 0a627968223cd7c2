//! The database goes away and comes back while the program runs.

use domain::keys::Access;
use domain::keys::revoke::revoke;
use server::postgres::{Cluster, Durability, Postgres};
use server::startup::{Database, Server};
use std::time::{Duration, Instant};

use crate::support::directory::TestDirectory;
use crate::support::http::{get, post};
use crate::support::server::config;
use crate::support::tenant::Tenant;
use crate::support::{Result, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_judged_from_memory_and_all_heals_by_itself() -> Result {
    let directory = TestDirectory::make()?;
    let home = directory.join("postgres");
    let start = async || {
        let cluster = Cluster::prepare(&home, Durability::ThrowAway).await?;
        Result::Ok(Postgres::start(cluster).await?)
    };
    let postgres = start().await?;
    let database = Database::named(postgres.options().clone()).await?;
    let server = Server::start(&config(&directory.join("data")), &database).await?;
    let addresses = server.addresses().clone();
    let tenant = Tenant::make(server.backend(), "delivr").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let call = |path: &str| {
        get(path).host("apiv3.delivr.localhost").key(&key.text).header("x-project-id", "p1")
    };
    let (schema, audiences) = (call("/api/v2/events_schema"), call("/api/v1/audiences"));
    assert_eq!(audiences.send(&addresses.api).await?.status, 200);

    postgres.stop().await;
    for _ in 0..20 {
        assert_eq!(schema.send(&addresses.api).await?.status, 200);
        let wrong = get("/api/v2/events_schema").host("apiv3.delivr.localhost").key("wrong");
        assert_eq!(wrong.send(&addresses.api).await?.status, 401);
    }
    let began = Instant::now();
    let verified = post("/verify", &format!(r#"{{"key":"{}"}}"#, key.text));
    assert_eq!(verified.send(&addresses.internal).await?.json()?["valid"], true);
    assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
    let answer = audiences.send(&addresses.api).await?;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, r#"{"error":"Service temporarily unavailable"}"#)
    );
    assert_eq!(answer.header("retry-after"), Some("5"));
    // Somebody who was signed in: their session cannot be read just now.
    let page = get("/").header("cookie", "latchkey_session=AAAAAAAAAAAAAAAAAAAAAA");
    let page = page.send(&addresses.dashboard).await?;
    assert_eq!(page.status, 503);
    assert!(page.body.contains("cannot reach its database"), "{}", page.body);

    let postgres = start().await?;
    until("a collection is served again", Duration::from_secs(15), async || {
        Ok(audiences.send(&addresses.api).await?.status == 200)
    })
    .await?;
    until("changes are followed again", Duration::from_secs(15), async || {
        revoke(server.backend(), &tenant.admin, key.id).await?;
        Ok(schema.send(&addresses.api).await?.status == 401)
    })
    .await?;
    assert_eq!(get("/readyz").send(&addresses.internal).await?.status, 200);

    // What was counted meanwhile is written.
    until("usage is written", Duration::from_secs(10), async || {
        let sum: i64 = sqlx::query_scalar(
            "select coalesce(sum(requests), 0)::bigint from usage_minutes where outcome = 'accepted'",
        )
        .fetch_one(&server.backend().pools.validator)
        .await?;
        Ok(sum >= 23)
    })
    .await?;
    server.stop().await;
    postgres.stop().await;
    Ok(())
}
