//! Every call with a known key can be looked up by the id that its answer carried.

use domain::access_log::find::find;
use domain::access_log::list::{Filter, LoggedCall, list};
use domain::keys::Access;
use domain::verification::Reason;
use std::time::Duration;

use crate::support::http::{Answer, get, post};
use crate::support::server::TestServer;
use crate::support::tenant::Tenant;
use crate::support::{Result, fail, until};

/// The call as the log has it, once it is there.
async fn logged(server: &TestServer, tenant: &Tenant, answer: &Answer) -> Result<LoggedCall> {
    let Some(id) = answer.header("x-request-id") else { return fail("an answer without an id") };
    let id = id.parse()?;
    let mut call = None;
    until("the call is in the log", Duration::from_secs(5), async || {
        call = find(server.backend(), &tenant.admin, id).await.ok();
        Ok(call.is_some())
    })
    .await?;
    call.ok_or_else(|| "it is gone again".into())
}

#[tokio::test]
async fn a_call_is_found_by_its_answers_id() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let call = get("/v1/patients").host(&tenant.host()).key(&key.text);
    let answer = server.api(&call.header("user-agent", "curl/8.5")).await?;
    assert_eq!(answer.status, 200);
    let call = logged(&server, &tenant, &answer).await?;
    assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", "/v1/patients"));
    assert_eq!((call.status, call.reason), (200, None));
    assert_eq!(call.user_agent.as_deref(), Some("curl/8.5"));
    assert_eq!(call.ip.as_deref(), Some("127.0.0.1"));
    assert_eq!((call.key_id, call.node.as_str()), (key.id, "test"));

    // A query can hold anything, and the API refuses this one.
    let query = get("/v1/patients?name=Miller").host(&tenant.host()).key(&key.text);
    let call = logged(&server, &tenant, &server.api(&query).await?).await?;
    assert_eq!((call.path.as_str(), call.status, call.reason), ("/v1/patients", 400, None));

    let write = post("/v1/patients", "{}").host(&tenant.host()).key(&key.text);
    let answer = server.api(&write).await?;
    assert_eq!(answer.status, 403);
    let call = logged(&server, &tenant, &answer).await?;
    assert_eq!((call.status, call.reason), (403, Some(Reason::OutOfScope)));

    let item = get("/v1/patients/0190f3a2").host(&tenant.host()).key(&key.text);
    let call = logged(&server, &tenant, &server.api(&item).await?).await?;
    assert_eq!((call.endpoint.as_str(), call.status), ("/v1/patients/{id}", 404));
    Ok(())
}

#[tokio::test]
async fn keys_stand_nowhere_in_the_log_and_strangers_in_nobodys() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let path = format!("/v1/{}/x?key={}", key.text, key.text);
    let call = get(&path).host(&tenant.host()).key(&key.text);
    let answer = server.api(&call.header("user-agent", &key.text)).await?;
    let call = logged(&server, &tenant, &answer).await?;
    assert_eq!(call.path, "/v1/…/x");
    assert_eq!(call.user_agent.as_deref(), Some("…"));
    assert!(!format!("{call:?}").contains(&key.text));

    // Nobody knows whose these are.
    for unknown in ["", "dp_live_nothing"] {
        let answer = server.api(&get("/v1/patients").host(&tenant.host()).key(unknown)).await?;
        assert_eq!((answer.status, answer.header("x-request-id").is_some()), (401, true));
    }
    let known = get("/v1/patients").host(&tenant.host()).key(&key.text);
    logged(&server, &tenant, &server.api(&known).await?).await?;
    let page = list(server.backend(), &tenant.admin, &Filter::default()).await?;
    assert_eq!(page.calls.len(), 2);
    Ok(())
}

#[tokio::test]
async fn what_proxies_ask_for_is_logged_too() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let asked = get("/forward-auth?")
        .header("x-original-method", "DELETE")
        .header("x-original-uri", "/v1/patients/7?x=1")
        .header("x-original-host", &tenant.host())
        .header("x-original-ip", "192.0.2.7")
        .key(&key.text);
    let answer = server.internal(&asked).await?;
    assert_eq!(answer.status, 403);
    let call = logged(&server, &tenant, &answer).await?;
    assert_eq!((call.method.as_str(), call.path.as_str()), ("DELETE", "/v1/patients/7"));
    assert_eq!((call.ip.as_deref(), call.reason), (Some("192.0.2.7"), Some(Reason::OutOfScope)));
    Ok(())
}
