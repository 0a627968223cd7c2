//! Who is refused learns nothing of why, beyond what the profile itself says: not by the status, not
//! by the body, not by a header field or their order.

use domain::keys::Access;
use domain::keys::disable::disable;
use domain::keys::revoke::revoke;
use domain::keys::text::PlainKey;
use domain::verification::Reason;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::http::{Answer, Request, get};
use crate::support::server::TestServer;
use crate::support::tenant::Tenant;
use crate::support::{Result, until};

/// These have the same answer in every profile.
const ALIKE: [Reason; 7] = [
    Reason::Missing,
    Reason::Malformed,
    Reason::Unknown,
    Reason::Revoked,
    Reason::Disabled,
    Reason::Expired,
    Reason::NotYetValid,
];

/// What each profile's programs call.
const ADDRESSES: [(&str, &str, &str); 5] = [
    ("clinikapi", "api.clinikapi.localhost", "/v1/patients"),
    ("deliverty", "api.deliverty.localhost", "/api/v1/tasks"),
    ("delivr", "apiv3.delivr.localhost", "/api/v1/audiences"),
    ("delphos", "", "/v1/patients"),
    ("novamed", "feapi.novamed.localhost", "/api/external/patient"),
];

/// Keys that are refused, each with the reason that the internal listener gives.
async fn refused_keys(
    server: &TestServer,
    tenant: &Tenant,
    prefix: &str,
) -> Result<Vec<(Reason, Option<String>)>> {
    let good = tenant.key(Access::ReadWrite).await?.text;
    let (before, last) = good.split_at(good.len() - 1);
    let typo = format!("{before}{}", if last == "a" { "b" } else { "a" });
    let revoked = tenant.key(Access::ReadWrite).await?;
    revoke(server.backend(), &tenant.admin, revoked.id).await?;
    let disabled = tenant.key(Access::ReadWrite).await?;
    disable(server.backend(), &tenant.admin, disabled.id).await?;
    let mut new = Tenant::new_key(Access::ReadWrite)?;
    new.lifetime = Some(time::Duration::ZERO);
    let expired = tenant.key_of(&new).await?;
    let mut new = Tenant::new_key(Access::ReadWrite)?;
    new.terms.not_before = Some(server.backend().clock.now() + time::Duration::HOUR);
    let early = tenant.key_of(&new).await?;
    let unknown = PlainKey::mint(prefix)?.expose().to_owned();
    Ok(vec![
        (Reason::Missing, None),
        (Reason::Missing, Some(String::new())),
        (Reason::Malformed, Some(typo)),
        (Reason::Malformed, Some(good[..good.len() - 1].to_owned())),
        (Reason::Malformed, Some(format!("{prefix}\u{e9}"))),
        (Reason::Malformed, Some("x".repeat(5_000))),
        (Reason::Unknown, Some(unknown)),
        (Reason::Revoked, Some(revoked.text)),
        (Reason::Disabled, Some(disabled.text)),
        (Reason::Expired, Some(expired.text)),
        (Reason::NotYetValid, Some(early.text)),
    ])
}

/// A vendor's gates are open.
async fn open_gates(server: &TestServer, tenant: &Tenant) -> Result {
    let mut owner = server.database.owner().await?;
    sqlx::query(
        "insert into approvals (organization_id, gate, decided_on, reference, signer, recorded_by)
         select $1, gate, now(), 'paper', 'Ada', $2 from unnest(array['baa', 'partner_approval']) gate",
    )
    .bind(tenant.admin.organization().id.0)
    .bind(tenant.admin.user_id().0)
    .execute(&mut owner)
    .await?;
    Ok(())
}

async fn is_judged_so(server: &TestServer, reason: Reason, key: &str) -> Result<bool> {
    let question = serde_json::json!({ "key": key }).to_string();
    let answer = server.internal(&crate::support::http::post("/verify", &question)).await?;
    Ok(answer.json()?["reason"] == reason.as_str())
}

#[tokio::test]
async fn in_every_profile_the_refused_get_the_same_bytes() -> Result {
    let server = TestServer::start().await?;
    for (profile, host, path) in ADDRESSES {
        let tenant = server.tenant(profile).await?;
        if profile == "novamed" {
            open_gates(&server, &tenant).await?;
        }
        let host = if host.is_empty() { tenant.host() } else { host.to_owned() };
        let known = server.backend().profiles.get(profile).ok_or("no such profile")?;
        let prefix = known.key_prefixes().next().ok_or("no prefix")?.to_owned();
        let keys = refused_keys(&server, &tenant, &prefix).await?;
        // By what the profile says: whoever gets the same words gets all the same.
        let mut answers = BTreeMap::<(u16, String), Answer>::new();
        for (reason, key) in &keys {
            if let Some(key) = key {
                until("the key is judged so", Duration::from_secs(5), async || {
                    is_judged_so(&server, *reason, key).await
                })
                .await?;
            }
            let with_key = |call: Request| match key {
                Some(key) => call.key(key),
                None => call,
            };
            for path in [path, "/nothing/of/that/kind"] {
                let answer = server.api(&with_key(get(path).host(&host))).await?.timeless();
                let said = known.refusal(*reason);
                assert_eq!((answer.status, &answer.body), (said.status, &said.body), "{profile}");
                let words = (answer.status, answer.body.clone());
                let first = answers.entry(words).or_insert_with(|| answer.clone());
                assert_eq!(*first, answer, "{profile} {}", reason.as_str());
            }
        }
        assert_eq!(answers.len(), 1, "{profile}: {answers:#?}");
        for reason in ALIKE {
            assert!(keys.iter().any(|(known, _)| *known == reason), "{profile} {reason:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_foreign_tenants_good_key_looks_like_one_that_never_was() -> Result {
    let server = TestServer::start().await?;
    let (ours, theirs) = (server.tenant("delphos").await?, server.tenant("delphos").await?);
    let foreign = theirs.key(Access::ReadWrite).await?.text;
    let unknown = PlainKey::mint("dph_live_")?;
    let mut answers = Vec::new();
    for key in [foreign.as_str(), unknown.expose()] {
        let call = get("/v1/patients").host(&ours.host()).key(key);
        answers.push(server.api(&call).await?.timeless());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].status, 401);
    Ok(())
}
