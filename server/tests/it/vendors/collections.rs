//! What all collections have in common.

use serde_json::json;

use super::stage::{Caller, tenant};
use crate::support::Result;
use crate::support::http::{get, post, request};
use crate::support::server::TestServer;

#[tokio::test]
async fn a_request_that_is_sent_again_counts_once() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delphos", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    let ada = post("/v1/patients", r#"{"last_name":"Nowak"}"#);
    let once = ada.clone().header("Idempotency-Key", "7f1c");
    let first = caller.call(&server, once.clone()).await?.timeless();
    assert_eq!(first.status, 201, "{}", first.body);
    // At the same time, too.
    let (one, two) = tokio::join!(caller.call(&server, once.clone()), caller.call(&server, once));
    assert_eq!((one?.timeless(), two?.timeless()), (first.clone(), first));
    let other =
        post("/v1/patients", r#"{"last_name":"Lovelace"}"#).header("idempotency-key", "7f1c");
    let reused = caller.call(&server, other).await?;
    let words = r#"{"detail":"This Idempotency-Key was used with another request"}"#;
    assert_eq!((reused.status, reused.body.as_str()), (409, words));
    let listed = caller.call(&server, get("/v1/patients")).await?.json()?;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));

    // Another tenant's is another; and what was refused is not remembered.
    let theirs = tenant(&server, "delphos", None).await?;
    let other = Caller::new(&server, &theirs, "good").await?;
    assert_eq!(
        other.call(&server, ada.clone().header("idempotency-key", "7f1c")).await?.status,
        201
    );
    let wrong = post("/v1/patients", r#"{"email":"x"}"#).header("idempotency-key", "8");
    assert_eq!(caller.call(&server, wrong).await?.status, 400);
    assert_eq!(caller.call(&server, ada.clone().header("idempotency-key", "8")).await?.status, 201);
    let long = ada.header("idempotency-key", &"x".repeat(256));
    assert_eq!(caller.call(&server, long).await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn documents_are_changed_and_deleted() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delphos", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    let first = r#"{"last_name":"Nowak","address":{"street":"A","city":"B"},"note":"x"}"#;
    let created = caller.call(&server, post("/v1/patients", first)).await?.json()?;
    let id = created["id"].as_str().ok_or("no id")?;
    let one = format!("/v1/patients/{id}");
    let patch =
        r#"{"id":"other","address":{"street":null,"zip":"1"},"note":null,"email":"a@b.example"}"#;
    let changed = caller.call(&server, post(&one, patch).method("PATCH")).await?;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let wanted = json!({
        "id": id, "last_name": "Nowak", "address": { "city": "B", "zip": "1" }, "email": "a@b.example",
    });
    assert_eq!(changed.json()?, wanted);
    // What breaks a rule changes nothing.
    let wrong = post(&one, r#"{"last_name":"Other","email":"nobody"}"#).method("PATCH");
    let refused = caller.call(&server, wrong).await?;
    assert_eq!(refused.body, r#"{"detail":"email must be an e-mail address"}"#);
    let long = json!({ "text": "x".repeat(1024 * 1024 - 100) }).to_string();
    let long = caller.call(&server, post(&one, &long).method("PATCH")).await?;
    assert_eq!(long.status, 413, "together it is too large");
    assert_eq!(caller.call(&server, get(&one)).await?.json()?, wanted);

    let replaced = caller.call(&server, post(&one, "{}").method("PUT")).await?;
    assert_eq!(
        (replaced.status, replaced.header("allow")),
        (405, Some("GET, HEAD, PATCH, DELETE"))
    );
    let deleted = caller.call(&server, request("DELETE", &one)).await?;
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    for request in [get(&one), request("DELETE", &one), post(&one, "{}").method("PATCH")] {
        assert_eq!(caller.call(&server, request).await?.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn lists_are_searched_and_paged() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delphos", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    for name in ["A", "B", "A", "A"] {
        let body = json!({ "last_name": name }).to_string();
        assert_eq!(caller.call(&server, post("/v1/patients", &body)).await?.status, 201);
    }
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/patients?last_name=A&limit=2&cursor={cursor}");
        let page = caller.call(&server, get(&path)).await?.json()?;
        pages.push(page["data"].as_array().map(Vec::len));
        let Some(next) = page["next_cursor"].as_str() else { break };
        next.clone_into(&mut cursor);
    }
    assert_eq!(pages, [Some(2), Some(1)]);
    for (query, words) in [
        ("name=A", r#"A list cannot be searched by \"name\""#),
        ("limit=0", "limit must be a number from 1 to 100"),
        ("cursor=7", "The cursor is not one that a page has given"),
    ] {
        let refused = caller.call(&server, get(&format!("/v1/patients?{query}"))).await?;
        assert_eq!((refused.status, refused.body), (400, format!(r#"{{"detail":"{words}"}}"#)));
    }
    Ok(())
}
