//! What a key is bound to, as its callers see it.

use domain::keys::Access;
use domain::keys::terms::{Terms, parse_networks};
use server::api::TrustedProxies;

use crate::support::Result;
use crate::support::http::{get, post};
use crate::support::server::TestServer;
use crate::support::tenant::Tenant;

#[tokio::test]
async fn who_uses_a_limit_up_is_told_when_to_come_back() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let mut new = Tenant::new_key(Access::Read)?;
    new.terms = Terms { rate_limit: Some(2), ..Terms::default() };
    let key = tenant.key_of(&new).await?;
    let call = get("/v1/patients").host(&tenant.host()).key(&key.text);
    // What is refused before says nothing of the limit, and takes nothing from it.
    let refused =
        server.api(&post("/v1/patients", "{}").host(&tenant.host()).key(&key.text)).await?;
    assert_eq!((refused.status, refused.header("ratelimit-limit")), (403, None));
    for remaining in ["1", "0"] {
        let answer = server.api(&call).await?;
        assert_eq!((answer.status, answer.header("ratelimit-limit")), (200, Some("2")));
        assert_eq!(answer.header("ratelimit-remaining"), Some(remaining));
    }
    let refused = server.api(&call).await?;
    assert_eq!((refused.status, refused.body.as_str()), (429, r#"{"detail":"Too many requests"}"#));
    let wait: u64 = refused.header("retry-after").ok_or("no Retry-After")?.parse()?;
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-reset"), refused.header("retry-after"));
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    Ok(())
}

#[tokio::test]
async fn a_key_is_good_from_its_networks_only() -> Result {
    let trusted = TrustedProxies::parse(&["127.0.0.1".to_owned()])?;
    for (trusted, statuses) in
        [(TrustedProxies::default(), [403, 403, 403]), (trusted, [403, 200, 403])]
    {
        let server = TestServer::start_as(|config| config.trusted_proxies = trusted).await?;
        let tenant = server.tenant("delphos").await?;
        let mut new = Tenant::new_key(Access::Read)?;
        let networks = parse_networks("203.0.113.0/24")?;
        new.terms = Terms { networks, ..Terms::default() };
        let key = tenant.key_of(&new).await?;
        let call = get("/v1/patients").host(&tenant.host()).key(&key.text);
        let forwarded = |list: &str| call.clone().header("x-forwarded-for", list);
        let calls = [call.clone(), forwarded("203.0.113.7"), forwarded("203.0.113.7, 192.0.2.1")];
        for (call, status) in calls.iter().zip(statuses) {
            assert_eq!(server.api(call).await?.status, status, "{call:?}");
        }
        let asked = |ip: &str| format!(r#"{{"key":"{}","ip":"{ip}"}}"#, key.text);
        for (ip, valid) in [("203.0.113.7", true), ("192.0.2.1", false)] {
            let answer = server.internal(&post("/verify", &asked(ip))).await?;
            assert_eq!(answer.json()?["valid"], valid, "{ip}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_key_of_one_scope_does_that_alone() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("clinikapi").await?;
    let mut new = Tenant::new_key(Access::Listed)?;
    new.terms.listed = vec!["patients:read".to_owned()];
    let key = tenant.key_of(&new).await?;
    let host = "api.clinikapi.localhost";
    for (call, status) in
        [(get("/v1/patients"), 200), (post("/v1/patients", "{}"), 403), (get("/v1/nothing"), 403)]
    {
        let answer = server.api(&call.clone().host(host).key(&key.text)).await?;
        assert_eq!(answer.status, status, "{call:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_former_text_says_when_it_ends() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (old, new) = (tenant.key(Access::Read).await?, tenant.key(Access::Read).await?);
    let call = get("/v1/patients").host(&tenant.host());
    assert_eq!(server.api(&call.clone().key(&old.text)).await?.header("sunset"), None);
    sqlx::query(
        "update api_keys set draining_of = $2, created_at = to_timestamp(784111777),
                             expires_at = to_timestamp(4102444800)
         where id = $1",
    )
    .bind(old.id.0)
    .bind(new.id.0)
    .execute(&mut server.database.owner().await?)
    .await?;
    server.backend().directory.catch_up().await;
    let answer = server.api(&call.clone().key(&old.text)).await?;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("deprecation"), Some("@784111777"));
    assert_eq!(answer.header("sunset"), Some("Fri, 01 Jan 2100 00:00:00 GMT"));
    let asked = post("/verify", &format!(r#"{{"key":"{}"}}"#, old.text));
    assert_eq!(server.internal(&asked).await?.json()?["draining"], true);
    Ok(())
}
