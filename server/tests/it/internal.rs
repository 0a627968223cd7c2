//! The internal listener: verification for others, health, readiness.

use domain::keys::Access;
use serde_json::{Value, json};

use crate::support::Result;
use crate::support::http::{get, post, request};
use crate::support::server::TestServer;

async fn ask(server: &TestServer, question: &Value) -> Result<(u16, Value)> {
    let answer = server.internal(&post("/verify", &question.to_string())).await?;
    Ok((answer.status, answer.json()?))
}

#[tokio::test]
async fn a_good_key_is_described() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let described = json!({
        "valid": true,
        "key_id": key.id,
        "organization": tenant.slug,
        "organization_id": tenant.admin.organization().id,
        "profile": "delphos",
        "channel_id": null,
        "environment": "live",
        "scopes": ["read"],
    });
    for question in [
        json!({ "key": key.text }),
        json!({ "key": key.text, "profile": "delphos", "slug": tenant.slug, "method": "GET" }),
    ] {
        assert_eq!(ask(&server, &question).await?, (200, described.clone()));
    }
    Ok(())
}

#[tokio::test]
async fn a_bad_key_has_a_reason() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?.text;
    let unknown = domain::keys::text::PlainKey::mint("dph_live_")?;
    let pairs = server.tenant("delivr").await?;
    let pair = pairs.key(Access::ReadWrite).await?;
    for (question, reason) in [
        (json!({}), "missing"),
        (json!({ "key": "" }), "missing"),
        (json!({ "key": "abc" }), "malformed"),
        (json!({ "key": "dph_live_\u{0}é😀" }), "malformed"),
        (json!({ "key": unknown.expose() }), "unknown"),
        (json!({ "key": key, "method": "POST" }), "out_of_scope"),
        (json!({ "key": key, "slug": "other" }), "wrong_tenant"),
        (json!({ "key": pair.text, "secret": "0" }), "wrong_secret"),
    ] {
        let expected = json!({ "valid": false, "reason": reason });
        assert_eq!(ask(&server, &question).await?, (200, expected), "{question}");
    }
    Ok(())
}

#[tokio::test]
async fn a_bad_question_is_told_so_and_not_repeated() -> Result {
    let server = TestServer::start().await?;
    for body in
        ["", "{", "[]", r#"{"key":7}"#, r#"{"kye":"s3cret"}"#, r#"{"key":"s3cret","secret":"#]
    {
        let answer = server.internal(&post("/verify", body)).await?;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()?["error"].is_string(), "{body}");
        assert!(!answer.body.contains("s3cret"), "{}", answer.body);
    }
    let (status, _) = ask(&server, &json!({ "key": "x", "profile": "nobody" })).await?;
    assert_eq!(status, 400);
    let long = server.internal(&post("/verify", &"x".repeat(100_000))).await?;
    assert_eq!(long.status, 413);
    assert_eq!(server.internal(&get("/verify")).await?.status, 405);
    assert_eq!(server.internal(&get("/nothing")).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn health_and_readiness() -> Result {
    let server = TestServer::start().await?;
    let healthy = server.internal(&get("/healthz")).await?;
    assert_eq!((healthy.status, healthy.json()?), (200, json!({ "status": "ok" })));
    assert_eq!(server.internal(&get("/readyz")).await?.status, 200);
    assert_eq!(server.internal(&request("HEAD", "/readyz")).await?.status, 200);
    Ok(())
}
