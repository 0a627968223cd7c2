//! `POST /verify` and `POST /verify/batch`.

use domain::access_log::find::find;
use domain::keys::Access;
use domain::verification::Reason;
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::http::{Connection, get, post, request};
use crate::support::server::TestServer;
use crate::support::tenant::Tenant;
use crate::support::{Result, until};

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
        "expires_at": null,
    });
    for question in [
        json!({ "key": key.text }),
        json!({ "key": key.text, "profile": "delphos", "organization": tenant.slug, "method": "GET", "path": "/v1/patients" }),
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
        (json!({ "key": key, "scope": "write" }), "out_of_scope"),
        (json!({ "key": key, "scopes": ["read", "write"] }), "out_of_scope"),
        (json!({ "key": key, "scope": "*", "method": "GET" }), "out_of_scope"),
        (json!({ "key": key, "organization": "other" }), "wrong_tenant"),
        (json!({ "key": pair.text, "secret": "0" }), "wrong_secret"),
    ] {
        let expected = json!({ "valid": false, "reason": reason });
        assert_eq!(ask(&server, &question).await?, (200, expected), "{question}");
    }
    Ok(())
}

#[tokio::test]
async fn a_method_and_a_path_ask_for_what_the_api_would() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let mut new = Tenant::new_key(Access::Listed)?;
    new.terms.listed = vec!["patients:read".to_owned()];
    let key = tenant.key_of(&new).await?.text;
    for (method, path, valid) in [
        ("GET", "/v1/patients", true),
        ("GET", "/v1/patients/7?page=2", true),
        ("POST", "/v1/patients", false),
        ("GET", "/v1/appointments", false),
        ("GET", "/v1/nothing", false),
    ] {
        let call = request(method, path).host(&tenant.host()).key(&key);
        assert_eq!(server.api(&call).await?.status != 403, valid, "{method} {path}");
        // Whether or not it is said of which API the key must be.
        for question in [
            json!({ "key": key, "method": method, "path": path }),
            json!({ "key": key, "method": method, "path": path, "profile": "delphos" }),
        ] {
            assert_eq!(ask(&server, &question).await?.1["valid"], valid, "{question}");
            let batch = post("/verify/batch", &json!({ "items": [question] }).to_string());
            let told = server.internal(&batch).await?.json()?;
            assert_eq!(told["items"][0]["valid"], valid, "in a batch: {question}");
        }
    }
    // A scope is what is asked for, wherever it is needed.
    let scoped = json!({ "key": key, "scope": "patients:read", "method": "POST", "path": "/v1/x" });
    assert_eq!(ask(&server, &scoped).await?.1["valid"], true);
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
    for question in [
        json!({ "key": "x", "profile": "nobody" }),
        json!({ "key": "x", "scope": "everything" }),
        json!({ "key": "x", "scopes": "read" }),
        json!({ "key": "x", "method": "G T" }),
        json!({ "key": "x", "path": "patients" }),
    ] {
        let (status, told) = ask(&server, &question).await?;
        assert!(status == 400 && told["error"].is_string(), "{question}: {told}");
    }
    let not_text =
        b"POST /verify HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{\"key\":\"\xff\"";
    let answer = Connection::open(&server.addresses().internal).await?.send_raw(not_text).await?;
    assert_eq!(answer.status, 400);
    let long = server.internal(&post("/verify", &"x".repeat(100_000))).await?;
    assert_eq!(long.status, 413);
    assert!(long.json()?["error"].is_string());
    assert_eq!(server.internal(&get("/verify")).await?.status, 405);
    assert_eq!(server.internal(&get("/nothing")).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn an_end_that_is_known_is_told() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let mut month = Tenant::new_key(Access::Read)?;
    month.lifetime = Some(time::Duration::days(30));
    let key = tenant.key_of(&month).await?;
    let (_, told) = ask(&server, &json!({ "key": key.text })).await?;
    let ends = told["expires_at"].as_str().ok_or("no end")?;
    let format = &time::format_description::well_known::Rfc3339;
    let ends = time::OffsetDateTime::parse(ends, format)?;
    let days = (ends - server.backend().clock.now()).whole_days();
    assert!((29..=30).contains(&days), "{days}");
    Ok(())
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_counted_one_by_one() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let question = |place: usize| match place % 3 {
        0 => json!({ "key": key.text }),
        1 => json!({ "key": key.text, "scope": "write" }),
        _ => json!({ "key": "abc" }),
    };
    let items: Vec<_> = (0..1000).map(question).collect();
    let body = json!({ "items": items }).to_string();
    let answer = server.internal(&post("/verify/batch", &body)).await?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let told = answer.json()?;
    let told = told["items"].as_array().ok_or("no items")?;
    assert_eq!(told.len(), 1000);
    for (place, told) in told.iter().enumerate() {
        assert_eq!(*told, ask(&server, &question(place)).await?.1, "{place}");
    }
    let mut owner = server.database.owner().await?;
    until("all are counted, by themselves and in the batch", Duration::from_secs(5), async || {
        let hours: Vec<(String, i64)> = sqlx::query_as(
            "select outcome, sum(requests)::bigint from usage_hours group by outcome order by outcome",
        )
        .fetch_all(&mut owner)
        .await?;
        Ok(hours == [("accepted".to_owned(), 2 * 334), ("out_of_scope".to_owned(), 2 * 333)])
    })
    .await
}

#[tokio::test]
async fn a_batch_that_cannot_be_asked_is_not_begun() -> Result {
    let server = TestServer::start().await?;
    let batch = async |body: &str| {
        let answer = server.internal(&post("/verify/batch", body)).await?;
        Result::Ok((answer.status, answer.json()?["error"].as_str().unwrap_or_default().to_owned()))
    };
    assert_eq!(batch(r#"{"items":[]}"#).await?.0, 200);
    let many = json!({ "items": vec![json!({}); 1001] }).to_string();
    let (status, told) = batch(&many).await?;
    assert!(status == 413 && told.contains("1000"), "{told}");
    let (status, _) = batch(&"x".repeat(1_100_000)).await?;
    assert_eq!(status, 413);
    let (status, told) = batch(r#"{"items":[{},{"profile":"nobody"}]}"#).await?;
    assert!(status == 400 && told.starts_with("items[1]: "), "{told}");
    for body in [
        "",
        "[",
        "[]",
        "{}",
        r#"{"items":7}"#,
        r#"{"items":[7]}"#,
        r#"{"items":[{"kye":"s3cret"}]}"#,
        r#"{"items":[{"key":"s3cret"}"#,
        r#"{"items":[],"more":"s3cret"}"#,
    ] {
        let (status, told) = batch(body).await?;
        assert!(status == 400 && !told.is_empty() && !told.contains("s3cret"), "{body}: {told}");
    }
    assert_eq!(server.internal(&get("/verify/batch")).await?.status, 405);
    Ok(())
}

#[tokio::test]
async fn questions_count_as_calls_of_their_door() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let question = json!({ "key": key.text, "method": "POST", "ip": "203.0.113.7" });
    let answer = server.internal(&post("/verify", &question.to_string())).await?;
    let id = answer.header("x-request-id").ok_or("no id")?.parse()?;
    let mut call = None;
    until("the question is in the log", Duration::from_secs(5), async || {
        call = find(server.backend(), &tenant.admin, id).await.ok();
        Ok(call.is_some())
    })
    .await?;
    let call = call.ok_or("it is gone again")?;
    assert_eq!(
        (call.endpoint.as_str(), call.path.as_str(), call.status),
        ("/verify", "/verify", 200)
    );
    assert_eq!(call.reason, Some(Reason::OutOfScope));
    assert_eq!(call.ip.as_deref(), Some("203.0.113.7"));

    let batch = json!({ "items": [{ "key": key.text }, { "key": key.text }, {}] }).to_string();
    assert_eq!(server.internal(&post("/verify/batch", &batch)).await?.status, 200);
    let mut owner = server.database.owner().await?;
    until("the batch is in the log, and in usage", Duration::from_secs(5), async || {
        let logged: i64 =
            sqlx::query_scalar("select count(*) from access_log where endpoint = '/verify/batch'")
                .fetch_one(&mut owner)
                .await?;
        let measured: i64 = sqlx::query_scalar(
            "select coalesce(sum(requests), 0)::bigint from usage_endpoints where endpoint = '/verify/batch'",
        )
        .fetch_one(&mut owner)
        .await?;
        Ok((logged, measured) == (2, 2))
    })
    .await?;
    let figures = server.internal(&get("/metrics")).await?.body;
    for line in [
        r#"latchkey_requests_total{profile="delphos",outcome="accepted",reason=""} 2"#,
        r#"latchkey_requests_total{profile="delphos",outcome="refused",reason="out_of_scope"} 1"#,
        r#"latchkey_requests_total{profile="",outcome="refused",reason="missing"} 1"#,
    ] {
        assert!(figures.lines().any(|known| known == line), "{line}: {figures}");
    }
    Ok(())
}
