//! The API listener: who is let in, what they get, and in which words.

use domain::channels::ChannelStatus;
use domain::channels::add::{NewChannel, add};
use domain::channels::change_status::change_status;
use domain::keys::Access;
use domain::keys::disable::disable;
use domain::keys::revoke::revoke;
use domain::keys::text::PlainKey;
use serde_json::json;
use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::support::http::{Answer, Connection, Request, get, post, request};
use crate::support::server::TestServer;
use crate::support::tenant::{Tenant, TestKey};
use crate::support::{Result, until};

const UNAUTHORIZED: &str = r#"{"detail":"Invalid or missing API key"}"#;

/// One of each kind of key that is not let in, by what is wrong with it.
async fn bad_keys(
    server: &TestServer,
    tenant: &Tenant,
) -> Result<Vec<(&'static str, Vec<String>)>> {
    let good = tenant.key(Access::ReadWrite).await?.text;
    let typo = good.replace(&good[20..21], if &good[20..21] == "a" { "b" } else { "a" });
    let disabled = tenant.key(Access::ReadWrite).await?;
    disable(server.backend(), &tenant.admin, disabled.id).await?;
    let revoked = tenant.key(Access::ReadWrite).await?;
    revoke(server.backend(), &tenant.admin, revoked.id).await?;
    let mut short_lived = Tenant::new_key(Access::ReadWrite)?;
    short_lived.lifetime = Some(time::Duration::ZERO);
    let expired = tenant.key_of(&short_lived).await?;
    let foreign = server.tenant("delphos").await?.key(Access::ReadWrite).await?;
    let vendors = server.tenant("clinikapi").await?.key(Access::ReadWrite).await?;
    for key in [&disabled, &revoked] {
        until("the change is known", Duration::from_secs(5), async || {
            Ok(server.api(&get("/v1/patients").host(&tenant.host()).key(&key.text)).await?.status
                == 401)
        })
        .await?;
    }
    let unknown = PlainKey::mint("dph_live_")?;
    Ok(vec![
        ("missing", vec![]),
        ("empty", vec![String::new()]),
        ("no key at all", vec!["dph_live_".to_owned()]),
        ("huge", vec!["x".repeat(10_000)]),
        ("truncated", vec![good[..good.len() - 1].to_owned()]),
        ("mistyped", vec![typo]),
        ("unknown", vec![unknown.expose().to_owned()]),
        ("disabled", vec![disabled.text]),
        ("revoked", vec![revoked.text]),
        ("expired", vec![expired.text]),
        ("of another tenant", vec![foreign.text.clone()]),
        ("of another vendor", vec![vendors.text]),
        ("two that differ", vec![good, foreign.text]),
    ])
}

fn with_keys(request: Request, keys: &[String]) -> Request {
    keys.iter().fold(request, |request, key| request.key(key))
}

#[tokio::test]
async fn every_bad_key_gets_the_same_bytes_without_any_database() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let keys = bad_keys(&server, &tenant).await?;
    let mut answers = Vec::<Answer>::new();
    for (what, keys) in &keys {
        for path in ["/v1/patients", "/v1/nothing"] {
            let answer = server.api(&with_keys(get(path).host(&tenant.host()), keys)).await?;
            assert_eq!((answer.status, answer.body.as_str()), (401, UNAUTHORIZED), "{what} {path}");
            answers.push(answer.timeless());
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");

    // Without any way to the database, nothing changes.
    server.backend().pools.close().await;
    let began = Instant::now();
    for (what, keys) in &keys {
        let answer = server.api(&with_keys(get("/v1/patients").host(&tenant.host()), keys)).await?;
        assert_eq!(answer.timeless(), answers[0], "{what}");
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_key_reaches_its_own_organization_only() -> Result {
    let server = TestServer::start().await?;
    let (ours, theirs) = (server.tenant("delphos").await?, server.tenant("delphos").await?);
    let (our_key, their_key) =
        (ours.key(Access::ReadWrite).await?, theirs.key(Access::ReadWrite).await?);
    let call = async |request: Request, tenant: &Tenant, key: &TestKey| {
        server.api(&request.host(&tenant.host()).key(&key.text)).await
    };
    let patient = r#"{"name":"Ada","id":"chosen by the client"}"#;
    let created = call(post("/v1/patients", patient), &theirs, &their_key).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json()?;
    let id = created["id"].as_str().ok_or("no id")?;
    assert_ne!(id, "chosen by the client");
    let one = format!("/v1/patients/{id}");

    let listed = call(get("/v1/patients"), &theirs, &their_key).await?;
    assert_eq!(listed.json()?, json!({ "data": [created], "next_cursor": null }));
    assert_eq!(call(get(&one), &theirs, &their_key).await?.json()?, created);

    let listed = call(get("/v1/patients"), &ours, &our_key).await?;
    assert_eq!(listed.json()?, json!({ "data": [], "next_cursor": null }));
    let wanted = call(get(&one), &ours, &our_key).await?;
    assert_eq!((wanted.status, wanted.body.as_str()), (404, r#"{"detail":"Not found"}"#));
    // By an address that names no tenant, the key alone decides.
    let wanted = server.api(&get(&one).key(&our_key.text)).await?;
    assert_eq!(wanted.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_key_does_what_its_scopes_allow() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let forbidden = r#"{"detail":"Insufficient permissions for this endpoint"}"#;
    let (reads, writes) = (tenant.key(Access::Read).await?, tenant.key(Access::Write).await?);
    for (key, path, may_read, may_write) in
        [(&reads, "/v1/patients", true, false), (&writes, "/v1/patients", false, true)]
    {
        let read = server.api(&get(path).host(&tenant.host()).key(&key.text)).await?;
        let written = server.api(&post(path, "{}").host(&tenant.host()).key(&key.text)).await?;
        assert_eq!((read.status == 200, written.status == 201), (may_read, may_write));
        let refused = if may_read { written } else { read };
        assert_eq!((refused.status, refused.body.as_str()), (403, forbidden));
    }
    Ok(())
}

#[tokio::test]
async fn a_channel_that_is_switched_off_stops_its_keys() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("deliverty").await?;
    let channel = add(server.backend(), &tenant.admin, &NewChannel::parse("Web shop", "")?).await?;
    let mut new = Tenant::new_key(Access::ReadWrite)?;
    new.channel_id = Some(channel);
    let key = tenant.key_of(&new).await?;
    let tasks = get("/api/v1/tasks").host("api.deliverty.localhost").key(&key.text);
    let suspended = r#"{"statusCode":403,"message":"Channel is SUSPENDED","error":"Forbidden"}"#;
    for (status, expected) in [
        (ChannelStatus::Suspended, 403),
        (ChannelStatus::Active, 200),
        (ChannelStatus::Inactive, 403),
    ] {
        change_status(server.backend(), &tenant.admin, channel, status).await?;
        until("the channel's status is known", Duration::from_secs(5), async || {
            Ok(server.api(&tasks).await?.status == expected)
        })
        .await?;
        if status == ChannelStatus::Suspended {
            assert_eq!(server.api(&tasks).await?.body, suspended);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_pair_needs_both_halves() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delivr").await?;
    let mut new = Tenant::new_key(Access::ReadWrite)?;
    new.secret_required = true;
    let key = tenant.key_of(&new).await?;
    let schema = get("/api/v2/events_schema").host("APIV3.Delivr.LocalHost:3001").key(&key.text);
    let without = server.api(&schema).await?;
    assert_eq!(
        (without.status, without.body.as_str()),
        (401, r#"{"error":"API secret is required"}"#)
    );
    let wrong = server.api(&schema.clone().header("x-api-secret", &"0".repeat(64))).await?;
    assert_eq!((wrong.status, wrong.body.as_str()), (401, r#"{"error":"Invalid API secret"}"#));
    let right = schema.clone().header("X-API-Secret", &key.secret);
    assert_eq!(server.api(&right).await?.status, 200);
    let twice = server.api(&right.header("x-api-secret", &"0".repeat(64))).await?;
    assert_eq!(twice.status, 401);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_served_is_said_in_the_vendors_words() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?.text;
    let call = async |request: Request| server.api(&request.host(&tenant.host()).key(&key)).await;
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(1024 * 1024));
    let chunked = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let chunked = post("/v1/patients", &chunked).header("transfer-encoding", "chunked");
    for (request, status, detail) in [
        (post("/v1/patients", "{"), 400, "The request body is not valid JSON"),
        (post("/v1/patients", ""), 400, "The request body is not valid JSON"),
        (post("/v1/patients", &"[".repeat(100_000)), 400, "The request body is not valid JSON"),
        (post("/v1/patients", "[1]"), 400, "The request body must be a JSON object"),
        (
            post("/v1/patients", r#"{"a":["\u0000"]}"#),
            400,
            "Text must not contain the character U+0000",
        ),
        (post("/v1/patients", &long), 413, "The request body is too large"),
        (chunked, 413, "The request body is too large"),
        (get("/v1/patients?cursor=7"), 400, "The cursor is not one that a page has given"),
        (get("/v1/patients/7"), 404, "Not found"),
        (get("/v1/patients/"), 404, "Not found"),
        (get("/v1/"), 404, "Not found"),
        (get("/"), 404, "Not found"),
        (request("DELETE", "/v1/patients"), 405, "Method not allowed"),
        (request("PUT", "/v1/patients/7"), 405, "Method not allowed"),
    ] {
        let what = format!("{request:?}").chars().take(120).collect::<String>();
        let answer = call(request).await?;
        assert_eq!(answer.status, status, "{what}");
        assert_eq!(answer.json()?, json!({ "detail": detail }), "{what}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
    }
    let allowed = call(request("DELETE", "/v1/patients")).await?;
    assert_eq!(allowed.header("allow"), Some("GET, HEAD, POST"));
    let odd = r#"{"a":1e300,"b":"😀 \"{items}\"","c":{"d":[null,true]},"é":-0.5}"#;
    let created = call(post("/v1/patients", odd)).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let (listed, created) = (call(get("/v1/patients")).await?.json()?, created.json()?);
    assert_eq!(listed["data"], json!([created]));
    Ok(())
}

#[tokio::test]
async fn head_is_get_without_the_body() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?.text;
    for key in [key.as_str(), "wrong"] {
        let ask = |method| request(method, "/v1/patients").host(&tenant.host()).key(key);
        let whole = server.api(&ask("GET")).await?.timeless();
        let head = server.api(&ask("HEAD")).await?.timeless();
        let sorted = |answer: &Answer| answer.headers.iter().cloned().collect::<HashSet<_>>();
        assert_eq!((head.status, sorted(&head)), (whole.status, sorted(&whole)));
        assert!(!whole.body.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn pages_hold_a_hundred_and_miss_none() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?.text;
    let call = async |request: Request| server.api(&request.host(&tenant.host()).key(&key)).await;
    for number in 0..201 {
        call(post("/v1/patients", &json!({ "number": number }).to_string())).await?;
    }
    let (mut numbers, mut pages, mut path) = (Vec::new(), Vec::new(), "/v1/patients".to_owned());
    loop {
        let page = call(get(&path)).await?.json()?;
        let data = page["data"].as_array().ok_or("no data")?;
        numbers.extend(data.iter().filter_map(|document| document["number"].as_i64()));
        pages.push(data.len());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/patients?cursor={cursor}");
    }
    assert_eq!(pages, [100, 100, 1]);
    assert_eq!(numbers, (0..201).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test]
async fn a_request_names_one_host() -> Result {
    let server = TestServer::start().await?;
    let addresses = server.addresses();
    for address in [&addresses.api, &addresses.local_dashboard, &addresses.internal] {
        let one = get("/healthz").host("a.example");
        assert_ne!(one.send(address).await?.status, 400, "{address}");
        let two = one.header("host", "b.example");
        assert_eq!(two.send(address).await?.status, 400, "{address}");
        for (version, is_refused) in [("1.1", true), ("1.0", false)] {
            let none = format!("GET /healthz HTTP/{version}\r\n\r\n");
            let answer = Connection::open(address).await?.send_raw(none.as_bytes()).await?;
            assert_eq!(answer.status == 400, is_refused, "HTTP/{version} at {address}");
        }
    }
    Ok(())
}
