//! The examples for proxies: nginx and Caddy run, with the very files of `server/examples`. Traefik
//! and Envoy are no packages of Debian's: their files are read, and their requests are played.

use domain::keys::Access;
use domain::keys::revoke::revoke;
use serde_json::{Value, json};

use crate::support::Result;
use crate::support::http::{get, post, request};
use crate::support::proxy::Proxy;
use crate::support::server::TestServer;
use crate::support::upstream::{Upstream, nobody};

const UNAUTHORIZED: &str = r#"{"detail":"Invalid or missing API key"}"#;
const FORBIDDEN: &str = r#"{"detail":"Insufficient permissions for this endpoint"}"#;

#[tokio::test]
async fn nginx_lets_in_who_may() -> Result {
    let (server, upstream) = (TestServer::start().await?, Upstream::start().await?);
    let proxy = Proxy::nginx(&server.addresses().internal, &upstream.address).await?;
    judge(&server, &upstream, &proxy).await
}

#[tokio::test]
async fn caddy_lets_in_who_may() -> Result {
    let (server, upstream) = (TestServer::start().await?, Upstream::start().await?);
    let proxy = Proxy::caddy(&server.addresses().internal, &upstream.address).await?;
    judge(&server, &upstream, &proxy).await
}

#[tokio::test]
async fn without_latchkey_nobody_is_let_in() -> Result {
    let upstream = Upstream::start().await?;
    let dead = nobody().await?;
    for proxy in [
        Proxy::nginx(&dead, &upstream.address).await?,
        Proxy::caddy(&dead, &upstream.address).await?,
    ] {
        let answer = get("/v1/patients").key("any").send(&proxy.address).await?;
        assert!(answer.status >= 500, "{}", answer.status);
    }
    assert_eq!(upstream.requests(), 0);
    Ok(())
}

async fn judge(server: &TestServer, upstream: &Upstream, proxy: &Proxy) -> Result {
    let tenant = server.tenant("delphos").await?;
    let (key, reader) = (tenant.key(Access::ReadWrite).await?, tenant.key(Access::Read).await?);
    let host = tenant.host();

    // Let in: the API behind learns who it is, from Latchkey alone.
    let forged = [
        ("x-latchkey-organization", "other"),
        ("x-latchkey-channel", "other"),
        ("x-latchkey-user", "root"),
        ("x-latchkey-scopes", "*"),
        ("X_Latchkey_User", "root"),
    ];
    let call = get("/v1/patients?page=2").host(&host).key(&reader.text);
    let call = forged.iter().fold(call, |call, (name, value)| call.header(name, value));
    let answer = call.send(&proxy.address).await?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        !answer.body.contains("root") && !answer.body.contains(&reader.text),
        "{}",
        answer.body
    );
    let told = answer.json()?;
    assert_eq!(told["uri"], "/v1/patients?page=2");
    for (name, expected) in [
        ("x-latchkey-key-id", json!([reader.id])),
        ("x-latchkey-organization", json!([tenant.slug])),
        ("x-latchkey-environment", json!(["live"])),
        ("x-latchkey-scopes", json!(["read"])),
        ("x-latchkey-profile", json!(["delphos"])),
        ("x-api-key", Value::Null),
    ] {
        assert_eq!(told["headers"][name], expected, "{name}");
    }
    for name in ["x-latchkey-channel", "x-latchkey-user"] {
        let told = &told["headers"][name];
        assert!(told.is_null() || *told == json!([""]), "{name}: {told}");
    }
    let body = r#"{"name":"Ada"}"#;
    let posted = post("/v1/patients", body).host(&host).key(&key.text).send(&proxy.address).await?;
    let told = posted.json()?;
    assert_eq!((&told["method"], &told["body"]), (&json!("POST"), &json!(body)));
    assert_eq!(upstream.requests(), 2);

    // Not let in: the vendor's own bytes.
    for (refused, status, body) in [
        (get("/v1/patients"), 401, UNAUTHORIZED),
        (get("/v1/patients").key("abc"), 401, UNAUTHORIZED),
        (get("/v1/patients").key(&key.text).key("abc"), 401, UNAUTHORIZED),
        (post("/v1/patients", body).key(&reader.text), 403, FORBIDDEN),
    ] {
        let answer = refused.host(&host).send(&proxy.address).await?;
        assert_eq!((answer.status, answer.body.as_str()), (status, body));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    // Whatever a client says about its own request, it stays what it is.
    for (name, value) in [
        ("x-original-method", "GET"),
        ("x-forwarded-method", "GET"),
        ("x-original-uri", "/"),
        ("x-original-host", "other.delphos.localhost"),
    ] {
        let forged = post("/v1/patients", body).host(&host).key(&reader.text).header(name, value);
        let status = forged.send(&proxy.address).await?.status;
        assert!(status >= 400, "{name}: {status}");
    }
    let elsewhere = get("/v1/patients").host("other.delphos.localhost").key(&key.text);
    assert_eq!(elsewhere.send(&proxy.address).await?.status, 401);
    assert_eq!(upstream.requests(), 2);

    // Revoked at once.
    let call = get("/v1/patients").host(&host).key(&key.text);
    assert_eq!(call.send(&proxy.address).await?.status, 200);
    revoke(server.backend(), &tenant.admin, key.id).await?;
    let answer = call.send(&proxy.address).await?;
    assert_eq!((answer.status, answer.body.as_str()), (401, UNAUTHORIZED));
    assert_eq!(upstream.requests(), 3);
    Ok(())
}

#[test]
fn the_other_examples_have_their_form() -> Result {
    let traefik: Value =
        serde_saphyr::from_str(include_str!("../../examples/traefik/latchkey.yml"))?;
    let http = &traefik["http"];
    let named = http["routers"]["your-api"]["middlewares"].as_array().ok_or("no middlewares")?;
    assert!(named.iter().all(|name| http["middlewares"][name.as_str().unwrap_or("")].is_object()));
    let asks = &http["middlewares"]["latchkey"]["forwardAuth"];
    assert_eq!(asks["address"], "http://127.0.0.1:3002/forward-auth");
    let copied = asks["authResponseHeaders"].as_array().ok_or("nothing is copied")?;
    assert_eq!(copied.len(), 7);

    let envoy: Value = serde_saphyr::from_str(include_str!("../../examples/envoy/envoy.yaml"))?;
    let listener = &envoy["static_resources"]["listeners"][0];
    let filters = &listener["filter_chains"][0]["filters"][0]["typed_config"]["http_filters"];
    let asks = &filters[0]["typed_config"]["http_service"];
    assert_eq!(asks["path_prefix"], "/forward-auth/by-host");
    let clusters = envoy["static_resources"]["clusters"].as_array().ok_or("no clusters")?;
    assert!(clusters.iter().any(|cluster| cluster["name"] == asks["server_uri"]["cluster"]));
    Ok(())
}

/// As its documentation says: a GET with the client's fields, and five that tell of the original
/// request.
#[tokio::test]
async fn traefiks_requests_are_understood() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let reader = tenant.key(Access::Read).await?;
    for (method, status) in [("GET", 200), ("DELETE", 403)] {
        let asked = get("/forward-auth")
            .header("user-agent", "curl/7.88.1")
            .header("accept", "*/*")
            .key(&reader.text)
            .header("x-forwarded-method", method)
            .header("x-forwarded-proto", "http")
            .header("x-forwarded-host", &format!("{}:8000", tenant.host()))
            .header("x-forwarded-uri", "/v1/patients?page=2")
            .header("x-forwarded-for", "192.0.2.7")
            .header("accept-encoding", "gzip");
        let answer = server.internal(&asked).await?;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header("x-latchkey-organization").is_some(), status == 200);
    }
    Ok(())
}

/// As its documentation says: the original method, host and path behind the prefix, no body, and of
/// the other fields those that the file allows.
#[tokio::test]
async fn envoys_requests_are_understood() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let reader = tenant.key(Access::Read).await?;
    for (method, prefix, status) in [
        ("GET", "by-host", 200),
        ("HEAD", "by-host", 200),
        ("PATCH", "by-host", 403),
        ("GET", "delphos", 200),
        ("GET", "clinikapi", 401),
    ] {
        // Nothing behind the prefix is ours to read.
        let path = format!("/forward-auth/{prefix}/v1/patients?profile=nobody&scope=read");
        let asked = request(method, &path)
            .host(&format!("{}:8000", tenant.host()))
            .header("content-length", "0")
            .key(&reader.text)
            .header("x-forwarded-for", "192.0.2.7");
        let answer = server.internal(&asked).await?;
        assert_eq!(answer.status, status, "{method} {prefix}: {}", answer.body);
        assert_eq!(answer.header("x-latchkey-organization").is_some(), status == 200);
    }
    Ok(())
}
