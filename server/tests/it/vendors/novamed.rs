//! NovaMed's clinic in the body, and its two environments at two hosts.

use serde_json::json;

use super::stage::{CLINIC, Caller, tenant};
use crate::support::Result;
use crate::support::http::{get, post};
use crate::support::server::TestServer;

const NOT_FOUND: &str = r#"{"success":false,"error":{"message":"Clinic not found"}}"#;

fn patient(clinic: &serde_json::Value) -> String {
    json!({ "clinic_id": clinic, "first_name": "John", "last_name": "Smith" }).to_string()
}

#[tokio::test]
async fn the_clinic_must_be_the_keys() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "novamed", Some(CLINIC)).await?;
    let other = "650e8400-e29b-41d4-a716-446655440000";
    let _theirs = tenant(&server, "novamed", Some(other)).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    for clinic in [json!(other), json!("x"), json!(null), json!(7), json!({})] {
        let refused =
            caller.call(&server, post("/api/external/patient", &patient(&clinic))).await?;
        assert_eq!((refused.status, refused.body.as_str()), (400, NOT_FOUND), "{clinic}");
    }
    let created =
        caller.call(&server, post("/api/external/patient", &patient(&json!(CLINIC)))).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    // Nor can a document be moved to another clinic.
    let one =
        format!("/api/external/patient/{}", created.json()?["data"]["id"].as_str().ok_or("no id")?);
    for patch in [json!({ "clinic_id": other }), json!({ "clinic_id": null })] {
        let refused = caller.call(&server, post(&one, &patch.to_string()).method("PATCH")).await?;
        assert_eq!((refused.status, refused.body.as_str()), (400, NOT_FOUND), "{patch}");
    }
    let practitioner = json!({
        "first_name": "S", "last_name": "J", "email": "s@j.example", "assigned_clinic": other,
    });
    let refused = post("/api/external/practitioner", &practitioner.to_string());
    assert_eq!(caller.call(&server, refused).await?.body, NOT_FOUND);
    // A tenant without a number has no clinic at all.
    let without = tenant(&server, "novamed", None).await?;
    let caller = Caller::new(&server, &without, "good").await?;
    let refused =
        caller.call(&server, post("/api/external/patient", &patient(&json!(CLINIC)))).await?;
    assert_eq!((refused.status, refused.body.as_str()), (400, NOT_FOUND));
    Ok(())
}

#[tokio::test]
async fn each_environment_has_a_host_of_its_own() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "novamed", Some(CLINIC)).await?;
    let (live, test) =
        (Caller::new(&server, &ours, "good").await?, Caller::new(&server, &ours, "test").await?);
    for (host, key, status) in [
        ("feapi.novamed.care", &live, 200),
        ("feapi.novamed.care", &test, 401),
        ("novamed-feapidev.stackmod.info", &test, 200),
        ("novamed-feapidev.stackmod.info", &live, 401),
    ] {
        let call = get("/api/external/patient")
            .host(host)
            .key(&key.key.text)
            .header("content-type", "application/json")
            .header("accept", "application/json");
        assert_eq!(server.api(&call).await?.status, status, "{host}");
    }
    // What is written in development is not in production.
    let created =
        test.call(&server, post("/api/external/patient", &patient(&json!(CLINIC)))).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let listed = live.call(&server, get("/api/external/patient")).await?.json()?;
    assert_eq!(listed["data"], json!([]));
    Ok(())
}

#[tokio::test]
async fn production_waits_for_the_agreement() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "novamed", Some(CLINIC)).await?;
    let (live, test) =
        (Caller::new(&server, &ours, "good").await?, Caller::new(&server, &ours, "test").await?);
    let patients = || get("/api/external/patient");
    assert_eq!(live.call(&server, patients()).await?.status, 200);
    let mut owner = server.database.owner().await?;
    for (gate, statuses) in [("baa", [403, 200]), ("partner_approval", [403, 403])] {
        sqlx::query("delete from approvals where gate = $1").bind(gate).execute(&mut owner).await?;
        for (caller, status) in [&live, &test].into_iter().zip(statuses) {
            super::stage::until_status(&server, caller, patients(), status).await?;
        }
    }
    Ok(())
}
