//! `/forward-auth`: what proxies are told of requests that they hold.

use domain::keys::Access;
use domain::keys::revoke::revoke;
use domain::keys::text::PlainKey;

use crate::support::Result;
use crate::support::http::{Answer, Connection, Request, get, request};
use crate::support::server::TestServer;
use crate::support::tenant::Tenant;

const IDENTITY: [&str; 7] = [
    "x-latchkey-key-id",
    "x-latchkey-organization",
    "x-latchkey-channel",
    "x-latchkey-environment",
    "x-latchkey-scopes",
    "x-latchkey-profile",
    "x-latchkey-user",
];

/// As nginx asks, when configured as in the example.
fn held(method: &str, host: &str) -> Request {
    held_at("/forward-auth", method, host)
}

fn held_at(path: &str, method: &str, host: &str) -> Request {
    get(path)
        .header("x-original-method", method)
        .header("x-original-host", host)
        .header("x-original-uri", "/v1/patients?page=2")
        .header("x-original-ip", "192.0.2.7")
}

fn identity(answer: &Answer) -> Vec<&str> {
    IDENTITY.iter().filter_map(|name| answer.header(name)).collect()
}

fn expected<'a>(key_id: &'a str, tenant: &'a Tenant, scopes: &'a str) -> [&'a str; 7] {
    [key_id, &tenant.slug, "", "live", scopes, "delphos", ""]
}

#[tokio::test]
async fn who_is_let_in_is_named() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let id = key.id.to_string();
    let host = tenant.host();
    let traefik = get("/forward-auth?profile=delphos")
        .header("x-forwarded-method", "HEAD")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", &format!("{host}:443"))
        .header("x-forwarded-uri", "/v1/patients")
        .header("x-forwarded-for", "10.0.0.1, 192.0.2.7");
    for asked in [
        held("GET", &host),
        held_at("/forward-auth?scope=read&profile=delphos", "POST", "api.example"),
        traefik,
        request("GET", "/forward-auth/by-host/v1/patients?scope=write&tell=reason").host(&host),
        request("GET", "/forward-auth/delphos/%ff?profile=nobody").host("api.example"),
    ] {
        let answer = server.internal(&asked.key(&key.text)).await?;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        assert_eq!(identity(&answer), expected(&id, &tenant, "read"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    for method in ["POST", "PUT", "OPTIONS", "PURGE"] {
        let asked = request(method, "/forward-auth")
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-host", &host);
        assert_eq!(server.internal(&asked.key(&key.text)).await?.status, 200, "{method}");
    }
    Ok(())
}

#[tokio::test]
async fn a_path_in_another_spelling_asks_for_the_same() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let mut new = Tenant::new_key(Access::Listed)?;
    new.terms.listed = vec!["patients:read".to_owned()];
    let key = tenant.key_of(&new).await?.text;
    for (path, status) in [
        ("/v1/patients", 200),
        ("/v1/%70atients", 200),
        ("/v1//patients/", 200),
        ("/v1/appointments", 403),
        ("/v1/patients/../appointments", 403),
        ("/v1/patients/%2e%2e/appointments", 403),
        ("/v1/patients/..%2fappointments;x", 403),
    ] {
        let asked = get("/forward-auth?profile=delphos")
            .header("x-original-method", "GET")
            .header("x-original-host", &tenant.host())
            .header("x-original-uri", path);
        assert_eq!(server.internal(&asked.key(&key)).await?.status, status, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn who_is_not_gets_the_vendors_own_bytes() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (reader, revoked) = (tenant.key(Access::Read).await?, tenant.key(Access::Read).await?);
    let foreign = server.tenant("delphos").await?.key(Access::ReadWrite).await?.text;
    let unknown = PlainKey::mint("dph_live_")?.expose().to_owned();
    let held_with = |key: &str| held("GET", &tenant.host()).key(key);
    assert_eq!(server.internal(&held_with(&revoked.text)).await?.status, 200);
    revoke(server.backend(), &tenant.admin, revoked.id).await?;

    let two = held_with(&reader.text).key(&unknown);
    for (what, asked, called) in [
        ("missing", held("GET", &tenant.host()), get("/v1/patients")),
        ("malformed", held_with("\u{e9}"), get("/v1/patients")),
        ("malformed", held_with(&"x".repeat(10_000)), get("/v1/patients")),
        ("malformed", two, get("/v1/patients")),
        ("unknown", held_with(&unknown), get("/v1/patients").key(&unknown)),
        ("wrong_tenant", held_with(&foreign), get("/v1/patients").key(&foreign)),
        ("revoked", held_with(&revoked.text), get("/v1/patients").key(&revoked.text)),
        (
            "out_of_scope",
            held("POST", &tenant.host()).key(&reader.text),
            request("POST", "/v1/patients").key(&reader.text),
        ),
    ] {
        let told = server.internal(&asked).await?;
        let direct = server.api(&called.host(&tenant.host())).await?;
        assert_eq!((told.status, &told.body), (direct.status, &direct.body), "{what}");
        assert_eq!(told.header("content-type"), Some("application/json"));
        assert!(identity(&told).is_empty() && told.header("x-latchkey-reason").is_none());
    }

    // Told to a proxy that asks, which can then fetch the same answer.
    let asked = held_at("/forward-auth?tell=reason", "POST", &tenant.host()).key(&reader.text);
    let told = server.internal(&asked).await?;
    assert_eq!(told.header("x-latchkey-reason"), Some("out_of_scope"));
    assert_eq!(told.header("x-latchkey-profile"), Some("delphos"));
    let again = server.internal(&get("/refusal?profile=delphos&reason=out_of_scope")).await?;
    assert_eq!((again.status, again.body), (told.status, told.body));
    for bad in
        ["/refusal", "/refusal?profile=nobody&reason=revoked", "/refusal?profile=delphos&reason=x"]
    {
        assert_eq!(server.internal(&get(bad)).await?.status, 400, "{bad}");
    }
    Ok(())
}

#[tokio::test]
async fn a_client_cannot_speak_for_its_proxy() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?.text;
    let caddys = || {
        get("/forward-auth")
            .header("x-forwarded-method", "DELETE")
            .header("x-forwarded-host", &tenant.host())
            .header("x-forwarded-uri", "/v1/patients/7")
            .header("x-forwarded-for", "192.0.2.7")
            .key(&key)
    };
    assert_eq!(server.internal(&caddys()).await?.status, 403);
    for (name, value) in [
        ("x-original-method", "GET"),
        ("x-original-uri", "/v1/patients/7"),
        ("x-forwarded-method", "GET"),
        ("x-forwarded-host", "other.delphos.localhost"),
    ] {
        let answer = server.internal(&caddys().header(name, value)).await?;
        assert_eq!(answer.status, 400, "{name}: {value}");
    }
    Ok(())
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_told_so() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?.text;
    let host = tenant.host();
    let bare = || get("/forward-auth").header("x-forwarded-host", &host);
    for asked in [
        bare(),
        bare().header("x-forwarded-method", "G T"),
        bare().header("x-forwarded-method", "GET").header("x-forwarded-for", "somewhere"),
        bare().header("x-forwarded-method", "GET").header("x-forwarded-uri", "v1"),
        bare().header("x-forwarded-method", "GET").header("x-forwarded-uri", "/a b"),
        bare().header("x-forwarded-method", "GET").header("x-forwarded-uri", "/\u{e9}"),
        held("GET", "one, two"),
        // The client's own query, which a proxy has sent along.
        held_at("/forward-auth?page=2", "GET", &host),
        held_at("/forward-auth?profile=nobody", "GET", &host),
        held_at("/forward-auth?profile=delphos&profile=delivr", "GET", &host),
        held_at("/forward-auth?scope=everything", "GET", &host),
        held_at("/forward-auth?scop=read", "GET", &host),
        held_at("/forward-auth?scope=%ff", "GET", &host),
        get("/forward-auth/nobody/v1"),
        get("/forward-auth/delphos"),
    ] {
        let answer = server.internal(&asked.key(&key)).await?;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.json()?["error"].is_string() && !answer.body.contains(&key));
    }
    // Line breaks that somebody has encoded stay what they are: part of a path.
    let encoded = bare()
        .header("x-forwarded-method", "GET")
        .header("x-forwarded-uri", "/v1/x%0d%0ax-latchkey-user:%20root");
    let answer = server.internal(&encoded.key(&key)).await?;
    assert_eq!((answer.status, answer.header("x-latchkey-user")), (200, Some("")));

    let mut connection = Connection::open(&server.addresses().internal).await?;
    let not_text = b"GET /forward-auth HTTP/1.1\r\nhost: a\r\nx-original-method: GET\r\nx-original-uri: /\xff\r\n\r\n";
    assert_eq!(connection.send_raw(not_text).await?.status, 400);
    let giant = format!(
        "GET /forward-auth HTTP/1.1\r\nhost: a\r\nx-api-key: {}\r\n\r\n",
        "x".repeat(1_000_000)
    );
    let answer = connection.send_raw(giant.as_bytes()).await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 431));
    Ok(())
}
