//! Revoking a key by showing it.

use domain::keys::Access;
use domain::keys::get::get as get_key;
use domain::keys::overlap::Overlap;
use domain::keys::regenerate::regenerate;
use domain::keys::regeneration::Regeneration;
use domain::keys::text::PlainKey;
use server::api::TrustedProxies;
use uuid::Uuid;

use crate::support::Result;
use crate::support::http::{get, post};
use crate::support::server::TestServer;

const UNAUTHORIZED: &str = r#"{"detail":"Invalid or missing API key"}"#;
const PATH: &str = "/.latchkey/revoke";

#[tokio::test]
async fn whoever_shows_a_key_ends_it() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let revoke = |body: &str, key: &str| post(PATH, body).host(&tenant.host()).key(key);

    // What is no key of theirs gets the answer of every such key, and changes nothing.
    let foreign = server.tenant("delphos").await?.key(Access::ReadWrite).await?;
    let unknown = PlainKey::mint("dph_live_")?;
    for text in ["", "x", unknown.expose(), &foreign.text] {
        let answer = server.api(&revoke("", text)).await?;
        assert_eq!((answer.status, answer.body.as_str()), (401, UNAUTHORIZED), "{text}");
    }
    let answer = server.api(&get(PATH).host(&tenant.host()).key(&key.text)).await?;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    for body in ["{", "[]", r#"{"because":"x"}"#, r#"{"reason":"a\u0000b"}"#] {
        assert_eq!(server.api(&revoke(body, &key.text)).await?.status, 400, "{body}");
    }
    let call = get("/v1/patients").host(&tenant.host()).key(&key.text);
    assert_eq!(server.api(&call).await?.status, 200);

    let answer = server.api(&revoke(r#"{"reason":"on a pastebin"}"#, &key.text)).await?;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"revoked":true}"#));
    // At once, and for good.
    assert_eq!(server.api(&call).await?.status, 401);
    assert_eq!(server.api(&revoke("", &key.text)).await?.body, UNAUTHORIZED);
    let key = get_key(server.backend(), &tenant.admin, key.id).await?;
    assert_eq!(key.revoked_reason.as_deref(), Some("Revoked by possession: on a pastebin"));
    Ok(())
}

#[tokio::test]
async fn the_audit_log_says_who_it_was() -> Result {
    let trusted = TrustedProxies::parse(&["127.0.0.1".to_owned()])?;
    for (trusted, ip) in [(TrustedProxies::default(), "127.0.0.1"), (trusted, "203.0.113.77")] {
        let server = TestServer::start_as(|config| config.trusted_proxies = trusted).await?;
        let tenant = server.tenant("delphos").await?;
        let key = tenant.key(Access::Read).await?;
        let revoke = post(PATH, "").host(&tenant.host()).key(&key.text);
        let answer = server.api(&revoke.header("x-forwarded-for", "203.0.113.77")).await?;
        assert_eq!(answer.status, 200);
        let (told_ip, id): (String, Option<String>) = sqlx::query_as(
            "select abbrev(ip), request_id from audit_events where actor_kind = 'holder'",
        )
        .fetch_one(&mut server.database.owner().await?)
        .await?;
        assert_eq!((told_ip.as_str(), id.as_deref()), (ip, answer.header("x-request-id")));
    }
    Ok(())
}

#[tokio::test]
async fn an_old_text_ends_alone() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let wanted = Regeneration {
        overlap: Overlap::Day,
        leaked: false,
        replaces: key.text[key.text.len() - 4..].to_owned(),
        form_token: Uuid::new_v4(),
    };
    regenerate(server.backend(), &tenant.admin, key.id, &wanted).await?;
    let call = get("/v1/patients").host(&tenant.host()).key(&key.text);
    let answer = server.api(&call).await?;
    assert_eq!(answer.status, 200);
    let ended = server.api(&post(PATH, "").host(&tenant.host()).key(&key.text)).await?;
    assert_eq!(ended.status, 200);
    assert_eq!(server.api(&call).await?.status, 401);
    let key = get_key(server.backend(), &tenant.admin, key.id).await?;
    assert_eq!(key.revoked_at, None);
    Ok(())
}
