//! Gateway mode: requests that are let in go on to a service of the test's own.

use domain::keys::Access;
use domain::keys::revoke::revoke;
use serde_json::{Value, json};
use server::api::TrustedProxies;
use server::gateway::Upstreams;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::directory::TestDirectory;
use crate::support::http::{Request, get, post, request};
use crate::support::program::{fails, serve};
use crate::support::server::TestServer;
use crate::support::tenant::{Tenant, TestKey};
use crate::support::upstream::{Upstream, misbehaving, nobody};
use crate::support::{Result, fail};

/// A server whose DELPHOS requests go to this address, and a key for it.
async fn before(address: &str, more: &str) -> Result<(TestServer, Tenant, TestKey)> {
    let file = format!("[[upstream]]\nprofile = \"delphos\"\nurl = \"http://{address}\"\n{more}");
    let upstreams = Upstreams::parse(&file)?;
    let server = TestServer::start_as(|config| config.gateway = upstreams).await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    Ok((server, tenant, key))
}

fn value<'a>(told: &'a Value, name: &str) -> &'a Value {
    &told["headers"][name]
}

#[tokio::test]
async fn the_service_learns_who_is_calling_from_us_alone() -> Result {
    let upstream = Upstream::start().await?;
    let (server, tenant, key) = before(&upstream.address, "").await?;
    let forged = [
        ("x-latchkey-organization", "other"),
        ("X_Latchkey_Organization", "other"),
        ("x-latchkey-user", "root"),
        ("x-latchkey-anything", "other"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-real-ip", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("x-original-uri", "/other"),
        ("te", "trailers"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("x-mine", "kept"),
    ];
    let call = post("/any/path%2f/..?a=1&b=%20", r#"{"name":"Ada"}"#).host(&tenant.host());
    let call = forged.iter().fold(call, |call, (name, value)| call.header(name, value));
    let answer = server.api(&call.key(&key.text)).await?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!answer.body.contains(&key.text) && !answer.body.contains("10.0.0.1"));
    let told = answer.json()?;
    assert_eq!(told["method"], "POST");
    assert_eq!(told["uri"], "/any/path%2f/..?a=1&b=%20");
    assert_eq!(told["body"], r#"{"name":"Ada"}"#);
    for (name, expected) in [
        ("x-latchkey-key-id", json!([key.id])),
        ("x-latchkey-organization", json!([tenant.slug])),
        ("x-latchkey-channel", json!([""])),
        ("x-latchkey-environment", json!(["live"])),
        ("x-latchkey-scopes", json!(["*"])),
        ("x-latchkey-profile", json!(["delphos"])),
        ("x-latchkey-user", json!([""])),
        ("x-forwarded-for", json!(["127.0.0.1"])),
        ("x-forwarded-host", json!([tenant.host()])),
        ("x-forwarded-proto", json!(["http"])),
        ("host", json!([upstream.address])),
        ("content-length", json!(["14"])),
        ("x-mine", json!(["kept"])),
        ("x-api-key", Value::Null),
        ("x_latchkey_organization", Value::Null),
        ("x-latchkey-anything", Value::Null),
        ("x-real-ip", Value::Null),
        ("x-original-uri", Value::Null),
        ("te", Value::Null),
        ("x-hop", Value::Null),
    ] {
        assert_eq!(*value(&told, name), expected, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn the_service_learns_which_host_was_judged() -> Result {
    let upstream = Upstream::start().await?;
    let (server, tenant, key) = before(&upstream.address, "").await?;
    let port = format!("{}:8080", tenant.host());
    let whole = format!("http://{port}/v1/patients");
    for call in [
        get("/v1/patients").host(&port),
        // The address counts, not the field beside it.
        get(&whole).host("api.clinikapi.localhost"),
        get(&whole).host(&port),
        get("/v1/patients").host(&port).header("connection", "host, x-forwarded-host"),
    ] {
        let told = server.api(&call.clone().key(&key.text)).await?.json()?;
        assert_eq!(*value(&told, "x-forwarded-host"), json!([port]), "{call:?}");
        assert_eq!(told["uri"], "/v1/patients");
    }
    Ok(())
}

#[tokio::test]
async fn who_is_refused_never_reaches_the_service() -> Result {
    let upstream = Upstream::start().await?;
    let (server, tenant, key) = before(&upstream.address, "").await?;
    let reader = tenant.key(Access::Read).await?;
    let call = |request: Request| request.host(&tenant.host());
    for (refused, status) in [
        (call(get("/x")), 401),
        (call(get("/x")).key("abc"), 401),
        (call(get("/x")).key(&key.text).key(&reader.text), 401),
        (call(post("/x", "{}")).key(&reader.text), 403),
        (get("/x").host("other.delphos.localhost").key(&key.text), 401),
    ] {
        let answer = server.api(&refused).await?;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    for (name, protocol) in [("upgrade", "websocket"), ("upgrade", "h2c, other")] {
        let upgrade = call(get("/x")).key(&key.text).header("connection", name);
        let answer = server.api(&upgrade.header(name, protocol)).await?;
        assert_eq!(answer.status, 501);
        assert!(answer.json()?["detail"].is_string(), "{}", answer.body);
    }
    assert_eq!(upstream.requests(), 0);

    assert_eq!(server.api(&call(get("/x")).key(&key.text)).await?.status, 200);
    revoke(server.backend(), &tenant.admin, key.id).await?;
    assert_eq!(server.api(&call(get("/x")).key(&key.text)).await?.status, 401);
    assert_eq!(upstream.requests(), 1);
    // Other profiles are served as ever.
    let other = server.tenant("delivr").await?.key(Access::Read).await?;
    let schema = get("/api/v2/events_schema").host("apiv3.delivr.localhost").key(&other.text);
    assert_eq!(server.api(&schema).await?.status, 200);
    assert_eq!(upstream.requests(), 1);
    Ok(())
}

#[tokio::test]
async fn a_body_in_another_coding_never_reaches_the_service() -> Result {
    let upstream = Upstream::start().await?;
    let (server, tenant, key) = before(&upstream.address, "").await?;
    let call = |coding: &str| {
        let call = post("/x", "3\r\nabc\r\n0\r\n\r\n").host(&tenant.host()).key(&key.text);
        call.header("transfer-encoding", coding)
    };
    for coding in ["gzip, chunked", "gzip,chunked"] {
        let answer = server.api(&call(coding)).await?;
        assert_eq!(answer.status, 501, "{coding}");
        assert!(answer.json()?["detail"].is_string(), "{}", answer.body);
    }
    let two = call("gzip").header("transfer-encoding", "chunked");
    assert_eq!(server.api(&two).await?.status, 501);
    assert_eq!(upstream.requests(), 0);
    for coding in ["chunked", "Chunked"] {
        assert_eq!(server.api(&call(coding)).await?.json()?["body"], "abc", "{coding}");
    }
    Ok(())
}

#[tokio::test]
async fn each_organization_and_environment_has_its_own_service() -> Result {
    let (live, test, own) =
        (Upstream::start().await?, Upstream::start().await?, Upstream::start().await?);
    let entry = |address: &str, more: &str| {
        format!("[[upstream]]\nprofile = \"clinikapi\"\nurl = \"http://{address}\"\n{more}\n")
    };
    // The organization is known only later: its slug goes into a second server's file.
    let file = entry(&test.address, "environment = \"test\"\nforward_key = true")
        + &entry(&live.address, "environment = \"live\"");
    let upstreams = Upstreams::parse(&file)?;
    let server = TestServer::start_as(|config| config.gateway = upstreams).await?;
    let tenant = server.tenant("clinikapi").await?;
    let mut of_test = Tenant::new_key(Access::Read)?;
    of_test.environment = domain::keys::Environment::Test;
    let (live_key, test_key) = (tenant.key(Access::Read).await?, tenant.key_of(&of_test).await?);
    let call = |key: &TestKey| get("/x").host("api.clinikapi.localhost").key(&key.text);
    let told = server.api(&call(&test_key)).await?.json()?;
    assert_eq!(*value(&told, "x-api-key"), json!([test_key.text]));
    assert_eq!((live.requests(), test.requests()), (0, 1));
    let told = server.api(&call(&live_key)).await?.json()?;
    assert_eq!(*value(&told, "x-latchkey-environment"), json!(["live"]));
    assert_eq!((live.requests(), test.requests()), (1, 1));

    let file = file + &entry(&own.address, &format!("organization = \"{}\"", tenant.slug));
    let gateway =
        server::gateway::Gateway::new(&Upstreams::parse(&file)?, &server.backend().profiles)?;
    let digest = server.backend().pepper.digest(live_key.text.as_bytes());
    let record = server.backend().directory.find(&digest).ok_or("unknown")?;
    assert!(gateway.serves(&record));
    Ok(())
}

#[tokio::test]
async fn services_that_fail_are_told_in_the_vendors_shape() -> Result {
    let silent = misbehaving(async |stream| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await?;
    let hangs_up = misbehaving(async |stream| drop(stream)).await?;
    let babbles = misbehaving(async |mut stream: TcpStream| {
        let _ = stream.write_all(b"no HTTP at all\r\n\r\n").await;
    })
    .await?;
    for (address, status) in
        [(nobody().await?, 502), (hangs_up, 502), (babbles, 502), (silent, 504)]
    {
        let (server, tenant, key) = before(&address, "head_timeout_ms = 300").await?;
        let call = post("/x", "{}").host(&tenant.host()).key(&key.text);
        let began = Instant::now();
        let answer = server.api(&call).await?;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.json()?["detail"].is_string() && !answer.body.contains("127.0.0.1"));
        assert!(began.elapsed() < Duration::from_secs(20));
    }
    Ok(())
}

async fn half_an_answer(mut stream: TcpStream) -> TcpStream {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    stream
}

#[tokio::test]
async fn an_answer_that_breaks_off_breaks_off() -> Result {
    let breaks = misbehaving(async |stream| drop(half_an_answer(stream).await)).await?;
    let stalls = misbehaving(async |stream| {
        let _stream = half_an_answer(stream).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await?;
    for address in [breaks, stalls] {
        let (server, tenant, key) = before(&address, "idle_timeout_ms = 300").await?;
        let call = get("/x").host(&tenant.host()).key(&key.text);
        let answer = tokio::time::timeout(Duration::from_secs(20), server.api(&call)).await?;
        assert!(answer.is_err(), "half an answer is not a whole one");
    }
    Ok(())
}

#[tokio::test]
async fn bodies_stream_both_ways() -> Result {
    const PIECE: usize = 1 << 20;
    const PIECES: usize = 64;
    let upstream = Upstream::start().await?;
    let (server, tenant, key) = before(&upstream.address, "").await?;
    let address = server.addresses().api.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST /stream HTTP/1.1\r\nhost: {}\r\nx-api-key: {}\r\ncontent-length: {}\r\n\r\n",
        tenant.host(),
        key.text,
        PIECE * PIECES
    );
    stream.write_all(head.as_bytes()).await?;
    let (mut reader, mut writer) = stream.split();
    let (mut sent, mut received) = (vec![0; PIECE], vec![0; PIECE]);
    for number in 0..PIECES {
        sent.fill(u8::try_from(number)?);
        // Each piece is back before the next one is sent: nobody in between waits for the whole.
        let (write, read) = tokio::join!(writer.write_all(&sent), async {
            if number == 0 {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(reader.read_u8().await?);
                }
                assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
            }
            reader.read_exact(&mut received).await
        });
        write?;
        read?;
        assert!(sent == received, "piece {number}");
    }
    Ok(())
}

#[tokio::test]
async fn a_caller_who_hangs_up_ends_the_call_behind_too() -> Result {
    let (asked, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asks, ends) = (Arc::clone(&asked), Arc::clone(&ended));
    let address = misbehaving(move |mut stream: TcpStream| {
        let (asks, ends) = (Arc::clone(&asks), Arc::clone(&ends));
        async move {
            asks.notify_one();
            if matches!(stream.read_u8().await, Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof) {
                ends.notify_one();
            }
        }
    })
    .await?;
    let (server, tenant, key) = before(&address, "").await?;
    let call = get("/x").host(&tenant.host()).key(&key.text);
    tokio::select! {
        _ = server.api(&call) => return fail("nobody answers"),
        () = asked.notified() => {}
    }
    // The connection is dropped with the call.
    tokio::time::timeout(Duration::from_secs(10), ended.notified()).await?;
    Ok(())
}

#[tokio::test]
async fn a_caller_who_stalls_is_told_so() -> Result {
    let upstream = Upstream::start().await?;
    let patience = "idle_timeout_ms = 500\nhead_timeout_ms = 100";
    let (server, tenant, key) = before(&upstream.address, patience).await?;
    let call = request("POST", "/x").host(&tenant.host()).key(&key.text);
    let answer = server.api(&call.header("content-length", "10")).await?;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.json()?["detail"].is_string());
    Ok(())
}

#[tokio::test]
async fn a_file_that_cannot_work_is_found_at_the_start() -> Result {
    let directory = TestDirectory::make()?;
    let file = directory.join("gateway.toml");
    for (text, told) in [(None, "gateway.toml"), (Some("[[upstream]]\nprofil = 1"), "line 2")] {
        if let Some(text) = text {
            std::fs::write(&file, text)?;
        }
        let mut command = serve(&directory.join("data"), &directory.site()?);
        command.env("LATCHKEY_GATEWAY_CONFIG", &file);
        let (code, complaint) = fails(command).await?;
        assert_eq!(code, Some(1));
        assert!(complaint.contains(told) && complaint.lines().count() == 1, "{complaint}");
    }
    Ok(())
}

#[tokio::test]
async fn the_service_learns_of_https_from_a_trusted_proxy_only() -> Result {
    let upstream = Upstream::start().await?;
    let trusted = TrustedProxies::parse(&["127.0.0.1".to_owned()])?;
    for (trusted, expected) in [(TrustedProxies::default(), "http"), (trusted, "https")] {
        let file =
            format!("[[upstream]]\nprofile = \"delphos\"\nurl = \"http://{}\"", upstream.address);
        let upstreams = Upstreams::parse(&file)?;
        let server = TestServer::start_as(|config| {
            config.gateway = upstreams;
            config.trusted_proxies = trusted;
        })
        .await?;
        let tenant = server.tenant("delphos").await?;
        let key = tenant.key(Access::ReadWrite).await?;
        let call = get("/x").host(&tenant.host()).key(&key.text);
        for (said, expected) in [
            (&["https"][..], expected),
            (&["https, http"], "http"),
            (&["http", "https"], "http"),
            (&[], "http"),
        ] {
            let call =
                said.iter().fold(call.clone(), |call, said| call.header("x-forwarded-proto", said));
            let told = server.api(&call).await?.json()?;
            assert_eq!(*value(&told, "x-forwarded-proto"), json!([expected]), "{said:?}");
        }
    }
    Ok(())
}
