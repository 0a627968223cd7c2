//! Deliverty Hub: keys act as the channel's person, and by HTTPS only.

use domain::members::Role;
use serde_json::json;
use sqlx::Row;

use super::stage::{Caller, acting_as, tenant, until_status};
use crate::support::Result;
use crate::support::http::{get, post, request};
use crate::support::server::TestServer;
use server::api::TrustedProxies;

const TASK: &str = r#"{"type":"DELIVERY","customer":{"name":"John Doe"},
    "pickupLocation":{"address":"A"},"dropoffLocation":{"address":"B"}}"#;

#[tokio::test]
async fn what_a_key_does_stands_in_the_log_as_the_channels_person() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "deliverty", None).await?;
    let key = acting_as(&server, &ours, Role::Developer).await?;
    let caller = Caller { key, ..Caller::new(&server, &ours, "good").await? };
    let created = caller.call(&server, post("/api/v1/tasks", TASK)).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json()?;
    let one = format!("/api/v1/tasks/{}", created["id"].as_str().ok_or("no id")?);
    let change = post(&one, r#"{"status":"DONE"}"#).method("PATCH");
    assert_eq!(caller.call(&server, change).await?.status, 200);
    let replace = post(&one, TASK).method("PUT");
    assert_eq!(caller.call(&server, replace).await?.json()?["status"], json!(null));
    assert_eq!(caller.call(&server, request("DELETE", &one)).await?.status, 204);

    let mut owner = server.database.owner().await?;
    let events = sqlx::query(
        "select action, actor_kind, users.name, details from audit_events
         join users on users.id = actor_user_id where action like 'document.%' order by seq",
    )
    .fetch_all(&mut owner)
    .await?;
    let mut said = Vec::new();
    for event in &events {
        assert_eq!(event.try_get::<String, _>("actor_kind")?, "member");
        assert_eq!(event.try_get::<String, _>("name")?, "Member developer");
        let details: serde_json::Value = event.try_get("details")?;
        assert_eq!(details["key"], json!(caller.key.id.to_string()));
        said.push(event.try_get::<String, _>("action")?);
    }
    let changed = "document.changed";
    assert_eq!(said, ["document.created", changed, changed, "document.deleted"]);
    Ok(())
}

#[tokio::test]
async fn a_key_may_do_what_its_person_may() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "deliverty", None).await?;
    let viewer = Caller::new(&server, &ours, "viewer").await?;
    assert_eq!(viewer.call(&server, get("/api/v1/tasks")).await?.status, 200);
    let refused = viewer.call(&server, post("/api/v1/tasks", TASK)).await?;
    assert_eq!(refused.status, 403);
    let mut owner = server.database.owner().await?;
    sqlx::query("update members set role = 'developer' where role = 'viewer'")
        .execute(&mut owner)
        .await?;
    until_status(&server, &viewer, post("/api/v1/tasks", TASK), 201).await
}

#[tokio::test]
async fn plain_http_is_rejected() -> Result {
    const REJECTED: &str =
        r#"{"statusCode":403,"message":"HTTPS is required","error":"Forbidden"}"#;
    let server = TestServer::start_as(|config| config.require_https = true).await?;
    let ours = tenant(&server, "deliverty", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    for request in [
        get("/api/v1/tasks"),
        get("/api/v1/nothing"),
        post("/.latchkey/revoke", ""),
        // Only a proxy that is trusted is believed.
        get("/api/v1/tasks").header("x-forwarded-proto", "https"),
    ] {
        let rejected = caller.call(&server, request).await?;
        assert_eq!((rejected.status, rejected.body.as_str()), (403, REJECTED));
    }
    let trusted = TrustedProxies::parse(&["127.0.0.1".to_owned()])?;
    let server = TestServer::start_as(|config| config.trusted_proxies = trusted).await?;
    let ours = tenant(&server, "deliverty", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    for (scheme, status) in
        [("http", 403), ("https", 200), ("https, https", 200), ("https, http", 403)]
    {
        let tasks = get("/api/v1/tasks").header("x-forwarded-proto", scheme);
        assert_eq!(caller.call(&server, tasks).await?.status, status, "{scheme}");
    }
    Ok(())
}
