//! Programs go on with keys that were made elsewhere.

use domain::keys::Access;
use domain::keys::import::ImportLine;
use domain::keys::import::write::{Mode, import};
use domain::keys::list::{KeyFilter, list};
use domain::keys::revoke::revoke;
use domain::keys::text::PlainKey;
use domain::reps::enter_by_command;
use sha2::{Digest, Sha256};

use crate::support::http::{get, post};
use crate::support::server::TestServer;
use crate::support::visitor::Visitor;
use crate::support::{Result, fail};

#[tokio::test]
async fn a_key_known_by_its_sha256_is_accepted_until_it_is_revoked() -> Result {
    let server = TestServer::start().await?;
    let (tenant, other) = (server.tenant("delphos").await?, server.tenant("delphos").await?);
    let (_, email) = Visitor::user(&server, "robin", true).await?;
    let rep = enter_by_command(server.backend(), &email).await?;
    // As long as the vendor's document has them, so of our prefix without our checksum.
    let text = "dph_live_Ab3dEf6hIj9lMn2pQr5t";
    let call = get("/v1/patients").host(&tenant.host()).key(text);
    assert_eq!(server.api(&call).await?.status, 401);
    let line = ImportLine {
        name: "Old export".to_owned(),
        format: "sha256".to_owned(),
        key: domain::hex::hex(&Sha256::digest(text)),
        prefix: "dph_live_".to_owned(),
        scopes: "read".to_owned(),
        ..ImportLine::default()
    };
    let lines = [(2, line)];
    let made = import(server.backend(), &rep, &tenant.slug, &lines, Mode::Write).await?;
    assert_eq!(made, Ok(1));
    assert_eq!(server.api(&call).await?.status, 200);
    let write = post("/v1/patients", "{}").host(&tenant.host()).key(text);
    assert_eq!(server.api(&write).await?.status, 403, "it may read only");
    let elsewhere = get("/v1/patients").host(&other.host()).key(text);
    assert_eq!(server.api(&elsewhere).await?.status, 401);
    let answer = server.internal(&post("/verify", &format!(r#"{{"key":"{text}"}}"#))).await?;
    assert_eq!(answer.json()?["valid"], true, "{}", answer.body);

    let (keys, _) = list(server.backend(), &tenant.admin, &KeyFilter::default()).await?;
    let [key] = keys.as_slice() else { return fail(format!("{keys:?}")) };
    revoke(server.backend(), &tenant.admin, key.id).await?;
    let refused = server.api(&call).await?;
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (401, r#"{"detail":"Invalid or missing API key"}"#)
    );
    Ok(())
}

#[tokio::test]
async fn a_text_of_our_own_shape_brings_its_prefix_along() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (_, email) = Visitor::user(&server, "robin", true).await?;
    let rep = enter_by_command(server.backend(), &email).await?;
    let texts = [PlainKey::mint("dph_live_")?, PlainKey::mint("dph_live_")?];
    let line = |text: &PlainKey, prefix: &str| ImportLine {
        name: "From another installation".to_owned(),
        format: "plain".to_owned(),
        key: text.expose().to_owned(),
        prefix: prefix.to_owned(),
        expires_at: "9999-12-31T23:59:59Z".to_owned(),
        ..ImportLine::default()
    };
    // Not named, or not to its end.
    let lines = [(2, line(&texts[0], "")), (3, line(&texts[1], "dph_"))];
    let made = import(server.backend(), &rep, &tenant.slug, &lines, Mode::Write).await?;
    assert_eq!(made, Ok(2));
    for text in &texts {
        let call = get("/v1/patients").host(&tenant.host()).key(text.expose());
        assert_eq!(server.api(&call).await?.status, 200);
    }
    let (keys, _) = list(server.backend(), &tenant.admin, &KeyFilter::default()).await?;
    for text in &texts {
        let hint = format!("dph_live_…{}", text.last_four());
        assert!(keys.iter().any(|key| key.hint == hint), "{keys:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_text_of_our_own_shape_is_found_by_its_sha256() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (_, email) = Visitor::user(&server, "robin", true).await?;
    let rep = enter_by_command(server.backend(), &email).await?;
    let own = tenant.key(Access::Read).await?.text;
    let (old, unknown) = (PlainKey::mint("dph_live_")?, PlainKey::mint("dph_live_")?);
    let sha256 = domain::hex::hex(&Sha256::digest(old.expose()));
    let line = ImportLine {
        name: "From another installation".to_owned(),
        format: "sha256".to_owned(),
        key: sha256.clone(),
        prefix: "dph_live_".to_owned(),
        ..ImportLine::default()
    };
    let made = import(server.backend(), &rep, &tenant.slug, &[(2, line)], Mode::Write).await?;
    assert_eq!(made, Ok(1));
    for (text, status) in
        [(old.expose(), 200), (own.as_str(), 200), (unknown.expose(), 401), (&sha256, 401)]
    {
        let call = get("/v1/patients").host(&tenant.host()).key(text);
        assert_eq!(server.api(&call).await?.status, status);
    }
    Ok(())
}
