//! DELPHOS: permissions by endpoint, and a subdomain for each organization.

use super::stage::{Caller, tenant};
use crate::support::Result;
use crate::support::http::{get, post};
use crate::support::server::TestServer;

#[tokio::test]
async fn a_key_reaches_the_endpoints_that_it_is_for() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delphos", None).await?;
    let appointment = r#"{"patient_id":"018f3c1e-7c1b-7d43-9c52-4f6e0a8b1d27","day":"2026-03-12"}"#;
    for (kind, statuses) in [
        ("patients:read", [200, 403, 403, 403]),
        ("patients:write", [403, 201, 403, 403]),
        ("appointments:read", [403, 403, 200, 403]),
        ("appointments:write", [403, 403, 403, 201]),
        ("good", [200, 201, 200, 201]),
    ] {
        let caller = Caller::new(&server, &ours, kind).await?;
        let calls = [
            get("/v1/patients"),
            post("/v1/patients", "{}"),
            get("/v1/appointments"),
            post("/v1/appointments", appointment),
        ];
        for (call, status) in calls.into_iter().zip(statuses) {
            let what = format!("{kind} {call:?}");
            assert_eq!(caller.call(&server, call).await?.status, status, "{what}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_key_is_good_at_its_own_subdomain_alone() -> Result {
    let server = TestServer::start().await?;
    let (ours, theirs) =
        (tenant(&server, "delphos", None).await?, tenant(&server, "delphos", None).await?);
    let caller = Caller::new(&server, &ours, "good").await?;
    let at = async |host: String| {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(
            server.api(&get("/v1/patients").host(&host).key(&caller.key.text)).await?.status,
        )
    };
    for domain in ["delphos.app", "delphos.localhost"] {
        assert_eq!(at(format!("{}.{domain}", ours.slug)).await?, 200);
        assert_eq!(at(format!("{}.{domain}", theirs.slug)).await?, 401);
        assert_eq!(at(format!("nobody.{domain}")).await?, 401);
    }
    Ok(())
}
