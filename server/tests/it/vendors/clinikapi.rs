//! ClinikAPI's tags, scopes, and two worlds.

use domain::keys::Access;
use serde_json::json;

use super::stage::{Caller, tenant};
use crate::support::Result;
use crate::support::http::{get, post, request};
use crate::support::server::TestServer;

#[tokio::test]
async fn whose_a_document_is_stands_in_its_tag() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "clinikapi", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    let code = format!("org_{}", ours.admin.organization().id.0.simple());
    let tag = json!({ "system": "https://clinikapi.com/tenant", "code": code });
    // Whoever sends somebody else's tag gets their own; tags of other systems stay.
    let sent = json!({ "meta": { "tag": [
        { "system": "https://clinikapi.com/tenant", "code": "org_theirs" },
        { "system": "urn:ward", "code": "7" },
    ] } });
    let created = caller.call(&server, post("/v1/patients", &sent.to_string())).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json()?;
    assert_eq!(created["meta"]["tag"], json!([{ "system": "urn:ward", "code": "7" }, tag]));

    // A change cannot take it off.
    let id = created["id"].as_str().ok_or("no id")?;
    let patch = json!({ "meta": { "tag": null }, "last_name": "Weber" }).to_string();
    let patch = post(&format!("/v1/patients/{id}"), &patch).method("PATCH");
    let changed = caller.call(&server, patch).await?.json()?;
    assert_eq!(changed["meta"]["tag"], json!([tag]));

    for (query, found) in [
        (format!("_tag=https%3A%2F%2Fclinikapi.com%2Ftenant%7C{code}"), 1),
        (format!("_tag={code}"), 1),
        ("_tag=org_theirs".to_owned(), 0),
        (String::new(), 1),
    ] {
        let listed = caller.call(&server, get(&format!("/v1/patients?{query}"))).await?.json()?;
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(found), "{query}");
    }

    // What carries another's tag is as good as not there, even in the organization's own rows.
    let mut owner = server.database.owner().await?;
    sqlx::query(
        "update datastore.documents set body = jsonb_set(body, '{meta,tag,0,code}', '\"x\"')",
    )
    .execute(&mut owner)
    .await?;
    let one = format!("/v1/patients/{id}");
    let change = post(&one, "{}").method("PATCH");
    for request in [get(&one), change, request("DELETE", &one)] {
        assert_eq!(caller.call(&server, request).await?.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn read_is_get_and_write_is_all_else() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "clinikapi", None).await?;
    let all = Caller::new(&server, &ours, "good").await?;
    let created = all.call(&server, post("/v1/patients", "{}")).await?.json()?;
    let one = format!("/v1/patients/{}", created["id"].as_str().ok_or("no id")?);
    for (kind, reads, writes) in [("read", 200, 403), ("write", 403, 200)] {
        let caller = Caller::new(&server, &ours, kind).await?;
        assert_eq!(caller.call(&server, get("/v1/patients")).await?.status, reads, "{kind}");
        assert_eq!(caller.call(&server, get(&one)).await?.status, reads, "{kind}");
        let patch = post(&one, "{}").method("PATCH");
        assert_eq!(caller.call(&server, patch).await?.status, writes, "{kind}");
        let created = caller.call(&server, post("/v1/patients", "{}")).await?.status;
        assert_eq!(created == 201, writes == 200, "{kind}");
    }
    let writer = Caller::new(&server, &ours, "write").await?;
    assert_eq!(writer.call(&server, request("DELETE", &one)).await?.status, 204);
    assert_eq!(all.call(&server, get(&one)).await?.status, 404);
    assert_eq!(Access::named("*"), Some(Access::ReadWrite));
    Ok(())
}

#[tokio::test]
async fn a_test_key_never_sees_what_is_live() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "clinikapi", None).await?;
    let (live, test) =
        (Caller::new(&server, &ours, "good").await?, Caller::new(&server, &ours, "test").await?);
    for (writer, other) in [(&live, &test), (&test, &live)] {
        let created = writer.call(&server, post("/v1/patients", "{}")).await?.json()?;
        let one = format!("/v1/patients/{}", created["id"].as_str().ok_or("no id")?);
        assert_eq!(writer.call(&server, get(&one)).await?.status, 200);
        assert_eq!(other.call(&server, get(&one)).await?.status, 404);
        assert_eq!(other.call(&server, request("DELETE", &one)).await?.status, 404);
        let listed = writer.call(&server, get("/v1/patients")).await?.json()?;
        assert_eq!(listed["data"], json!([created]));
    }
    Ok(())
}
