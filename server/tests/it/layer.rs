//! The tower layer, before a service of the test's own.

use axum::routing::get;
use axum::{Extension, Router};
use domain::keys::Access;
use domain::keys::revoke::revoke;
use server::internal::Token;
use server::layer::{Identity, LatchkeyLayer};
use tokio::net::TcpListener;

use crate::support::http::{get as get_, post};
use crate::support::server::TestServer;
use crate::support::upstream::nobody;
use crate::support::{Result, fail};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Serves the caller's name behind the layer.
async fn behind(layer: LatchkeyLayer) -> Result<String> {
    let tell = async |Extension(caller): Extension<Identity>| {
        format!("{} {} {}", caller.organization, caller.key_id, caller.scopes.join(" "))
    };
    let router = Router::new().route("/v1/patients", get(tell).post(tell)).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

#[tokio::test]
async fn a_service_in_rust_learns_who_is_calling() -> Result {
    let Some(token) = Token::parse(TOKEN)? else { return fail("no token") };
    let server = TestServer::start_as(|config| config.internal_token = Some(token)).await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::Read).await?;
    let internal = server.addresses().internal.trim_start_matches("http://").to_owned();
    let layer = || LatchkeyLayer::new(&internal, "delphos");
    let address = behind(layer()?.with_token(TOKEN)?).await?;
    let call = get_("/v1/patients?page=2").host(&tenant.host()).key(&key.text);
    for _ in 0..2 {
        let answer = call.send(&address).await?;
        assert_eq!(answer.body, format!("{} {} read", tenant.slug, key.id));
    }
    for (refused, status) in [
        (get_("/v1/patients"), 401),
        (get_("/v1/patients").key(&key.text).key("abc"), 401),
        (post("/v1/patients", "{}").key(&key.text), 403),
    ] {
        let told = refused.clone().host(&tenant.host()).send(&address).await?;
        let direct = server.api(&refused.host(&tenant.host())).await?;
        assert_eq!((told.status, &told.body), (status, &direct.body));
    }
    revoke(server.backend(), &tenant.admin, key.id).await?;
    assert_eq!(call.send(&address).await?.status, 401);
    assert!(!format!("{:?}", layer()?.with_token(TOKEN)?).contains(TOKEN));
    Ok(())
}

#[tokio::test]
async fn without_an_answer_nobody_is_let_in() -> Result {
    let address = behind(LatchkeyLayer::new(&nobody().await?, "delphos")?).await?;
    let answer = get_("/v1/patients").key("any").send(&address).await?;
    assert_eq!(answer.status, 503);
    assert!(answer.json()?["error"].is_string());
    for wrong in ["not an address", "http://127.0.0.1:3002/x"] {
        assert!(LatchkeyLayer::new(wrong, "delphos").is_err(), "{wrong}");
    }
    Ok(())
}
