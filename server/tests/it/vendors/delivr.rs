//! Delivr.ai: projects, events and lookups.

use serde_json::json;

use super::stage::{Caller, tenant};
use crate::support::Result;
use crate::support::http::{get, post, request};
use crate::support::server::TestServer;

#[tokio::test]
async fn audiences_belong_to_a_project() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delivr", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?.without(&["x-project-id"]);
    let audiences = |project: &str| {
        let [list, create] =
            [get("/api/v1/audiences"), post("/api/v1/audiences", r#"{"name":"A"}"#)];
        [list, create].map(|request| request.header("X-Project-Id", project))
    };
    for request in [get("/api/v1/audiences"), post("/api/v1/audiences", r#"{"name":"A"}"#)] {
        let refused = caller.call(&server, request).await?;
        let wanted = (400, r#"{"error":"X-Project-Id is required"}"#);
        assert_eq!((refused.status, refused.body.as_str()), wanted);
    }
    let [list, create] = audiences("p1");
    let created = caller.call(&server, create).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json()?;
    assert_eq!(created["project_id"], json!("p1"));
    assert_eq!(caller.call(&server, list).await?.json()?["data"], json!([created]));
    let [list, _] = audiences("p2");
    assert_eq!(caller.call(&server, list).await?.json()?["data"], json!([]));
    // One is read, changed and deleted without.
    let one = format!("/api/v1/audiences/{}", created["id"].as_str().ok_or("no id")?);
    assert_eq!(caller.call(&server, get(&one)).await?.json()?, created);
    let change = post(&one, r#"{"name":"B"}"#).method("PATCH");
    assert_eq!(caller.call(&server, change).await?.json()?["name"], json!("B"));
    assert_eq!(caller.call(&server, request("DELETE", &one)).await?.status, 204);
    // A body that names another project is not taken.
    let other = post("/api/v1/audiences", r#"{"name":"A","project_id":"p2"}"#);
    let refused = caller.call(&server, other.header("x-project-id", "p1")).await?;
    assert_eq!(refused.status, 400, "{}", refused.body);
    Ok(())
}

#[tokio::test]
async fn events_and_identities_are_found_by_what_they_are_asked_for() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delivr", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    let event = r#"{"source":"pixel","pixel_id":"px1","event_type":"view"}"#;
    let created = caller.call(&server, post("/api/v2/events", event)).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json()?;
    for (query, found) in [
        ("source=pixel&pixel_id=px1", json!([created])),
        ("source=pixel&pixel_id=px2", json!([])),
        ("source=import&pixel_id=px1", json!([])),
    ] {
        let listed = caller.call(&server, get(&format!("/api/v2/events?{query}"))).await?;
        assert_eq!(listed.json()?["data"], found, "{query}");
    }
    let identity = r#"{"email":"a@b.example","hem":"0123"}"#;
    let created = caller.call(&server, post("/api/v1/lookup", identity)).await?.json()?;
    for query in ["email=a%40b.example", "hem=0123"] {
        let found = caller.call(&server, get(&format!("/api/v1/lookup?{query}"))).await?.json()?;
        assert_eq!(found["data"], json!([created]), "{query}");
    }
    let blind = caller.call(&server, get("/api/v1/lookup")).await?;
    assert_eq!(blind.body, r#"{"error":"One of hem, email is required"}"#);
    Ok(())
}
