//! One tenant's key and another's documents, at every vendor: never found.

use serde_json::{Value, json};

use super::stage::{CLINIC, Caller, tenant};
use crate::support::Result;
use crate::support::http::{get, post, request};
use crate::support::server::TestServer;

#[tokio::test]
async fn another_tenants_documents_are_never_found() -> Result {
    let server = TestServer::start().await?;
    let other = "650e8400-e29b-41d4-a716-446655440000";
    let names: Vec<_> =
        server.backend().profiles.iter().map(|profile| profile.name.clone()).collect();
    assert_eq!(names.len(), 5);
    for name in names {
        let (ours, theirs) = (
            tenant(&server, &name, Some(CLINIC)).await?,
            tenant(&server, &name, Some(other)).await?,
        );
        let our_key = Caller::new(&server, &ours, "good").await?;
        let their_key = Caller::new(&server, &theirs, "good").await?;
        let sample = {
            let profile = server.backend().profiles.get(&name).ok_or("no profile")?;
            profile.sample_write(Some(other)).ok_or("nothing can be written")?
        };
        let body = sample.body.unwrap_or_default();
        let created = their_key.call(&server, post(&sample.path, &body)).await?;
        assert_eq!(created.status, 201, "{name}: {}", created.body);
        let created = created.json()?;
        let id = created["id"].as_str().or(created["data"]["id"].as_str()).ok_or("no id")?;
        let one = format!("{}/{id}", sample.path);

        let unknown = format!("{}/018f3c1e-7c1b-7d43-9c52-4f6e0a8b1d27", sample.path);
        for (method, body) in [("GET", ""), ("PATCH", "{}"), ("PUT", body.as_str()), ("DELETE", "")]
        {
            let call =
                async |path: &str| our_key.call(&server, post(path, body).method(method)).await;
            let (answer, nobodys) = (call(&one).await?, call(&unknown).await?);
            // As if there were no such document at all.
            assert_eq!(answer.clone().timeless(), nobodys.timeless(), "{name} {method}");
            assert!(matches!(answer.status, 404 | 405), "{name} {method}: {}", answer.status);
        }
        let listed = our_key.call(&server, get(&sample.path)).await?.json()?;
        assert_eq!(listed["data"], json!([]), "{name}");
        let cursor = get(&format!("{}?cursor={}", sample.path, "0".repeat(32)));
        assert_eq!(our_key.call(&server, cursor).await?.json()?["data"], json!([]), "{name}");

        let kept = their_key.call(&server, get(&one)).await?;
        let kept: Value = kept.json()?;
        assert_eq!(kept, created, "{name}: theirs is as it was");
        let deleted = their_key.call(&server, request("DELETE", &one)).await?;
        assert_eq!(deleted.status, 204, "{name}");
    }
    Ok(())
}
