//! The internal listener: health, readiness and counts.

use domain::keys::Access;
use serde_json::json;
use std::time::Duration;

use crate::support::http::{get, post, request};
use crate::support::server::TestServer;
use crate::support::{Result, until};

#[tokio::test]
async fn health_and_readiness() -> Result {
    let server = TestServer::start().await?;
    let healthy = server.internal(&get("/healthz")).await?;
    assert_eq!((healthy.status, healthy.json()?), (200, json!({ "status": "ok" })));
    let tenant = server.tenant("delphos").await?;
    tenant.key(Access::Read).await?;
    let ready = server.internal(&get("/readyz")).await?;
    let mut told = ready.json()?;
    // Of the last second, as a rule; on a busy machine, of a few more.
    let silent_s = told["database_silent_s"].take();
    assert!(silent_s.as_i64().is_some_and(|silent_s| (0..60).contains(&silent_s)), "{silent_s}");
    let expected = json!({
        "status": "ready",
        "keys": 1,
        "organizations": 1,
        "stale_organizations": 0,
        "database_silent_s": null,
    });
    assert_eq!((ready.status, told), (200, expected));
    assert_eq!(server.internal(&request("HEAD", "/readyz")).await?.status, 200);
    Ok(())
}

/// Longer than this the node may not go without word from the database, for one organization.
const LIMIT: &str = "update organizations set staleness_limit_s = 1 where slug = $1";

#[tokio::test]
async fn readiness_says_for_whom_the_database_has_been_silent_for_too_long() -> Result {
    let server = TestServer::start().await?;
    let (strict, patient) = (server.tenant("delphos").await?, server.tenant("delphos").await?);
    let key = strict.key(Access::Read).await?.text;
    let lasting = patient.key(Access::Read).await?.text;
    let mut owner = server.database.owner().await?;
    sqlx::query(LIMIT).bind(&strict.slug).execute(&mut owner).await?;
    server.backend().directory.catch_up().await;
    server.backend().pools.close().await;
    until("one organization is told of", Duration::from_secs(30), async || {
        let ready = server.internal(&get("/readyz")).await?;
        let told = ready.json()?;
        assert_eq!((ready.status, &told["organizations"]), (200, &json!(2)), "{told}");
        Ok(told["stale_organizations"] == 1 && told["database_silent_s"].as_i64() > Some(0))
    })
    .await?;
    for (tenant, key, status) in [(&strict, &key, 503), (&patient, &lasting, 404)] {
        let call = get("/v1/nothing").host(&tenant.host()).key(key);
        assert_eq!(server.api(&call).await?.status, status);
    }
    let counted = server.internal(&get("/metrics")).await?;
    assert_eq!(counted.status, 200);
    for line in [
        r#"latchkey_requests_total{profile="delphos",outcome="refused",reason="stale"} 1"#,
        "latchkey_directory_keys 2",
    ] {
        assert!(counted.body.lines().any(|told| told == line), "{line}: {}", counted.body);
    }
    assert!(!counted.body.contains(&strict.slug) && !counted.body.contains(&key));
    Ok(())
}

#[tokio::test]
async fn a_prometheus_reads_what_happens() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let call = |path: &str| get(path).host(&tenant.host()).key(&key.text);
    for _ in 0..3 {
        server.api(&call("/v1/patients")).await?;
    }
    server.api(&post("/v1/patients", "{}").host(&tenant.host()).key(&key.text)).await?;
    server.api(&get("/v1/patients").host(&tenant.host()).key("dp_live_nothing")).await?;
    until("the calls are in the log", Duration::from_secs(5), async || {
        let text = server.internal(&get("/metrics")).await?.body;
        Ok(text.contains("latchkey_access_log_written_total 4"))
    })
    .await?;
    let answer = server.internal(&get("/metrics")).await?;
    assert!(
        answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/openmetrics-text"))
    );
    for line in [
        r#"latchkey_requests_total{profile="delphos",outcome="accepted",reason=""} 3"#,
        r#"latchkey_requests_total{profile="delphos",outcome="refused",reason="out_of_scope"} 1"#,
        r#"latchkey_requests_total{profile="delphos",outcome="refused",reason="malformed"} 1"#,
        "latchkey_request_duration_seconds_count 5",
        r#"latchkey_request_duration_seconds_bucket{le="+Inf"} 5"#,
        "latchkey_directory_keys 1",
        "latchkey_directory_stale 0",
        "latchkey_access_log_waiting 0",
        "latchkey_access_log_shed_total 0",
        "latchkey_usage_flush_failures_total 0",
        r#"latchkey_pool_connections{pool="app",state="used"} 0"#,
    ] {
        assert!(answer.body.lines().any(|known| known == line), "{line} is not in {}", answer.body);
    }
    assert!(answer.body.ends_with("# EOF\n"));
    Ok(())
}
