//! Delivr.ai: projects, events, lookups, and the older way in.

use domain::keys::Access;
use domain::keys::list::{KeyFilter, KeyState, list};
use domain::keys::revoke::revoke;
use domain::keys::text::PlainKey;
use serde_json::json;

use super::stage::{Caller, log_in, tenant, token};
use crate::support::Result;
use crate::support::directory::TestDirectory;
use crate::support::http::{Answer, get, post, request};
use crate::support::server::TestServer;
use crate::support::tenant::{PASSWORD, Tenant};
use crate::support::visitor::Visitor;

const HOST: &str = "apiv3.delivr.localhost";

async fn with_token(server: &TestServer, token: &str) -> Result<Answer> {
    let request = get("/api/v2/events_schema").host(HOST);
    server.api(&request.header("Authorization", &format!("Bearer {token}"))).await
}

#[tokio::test]
async fn a_login_gives_a_token_that_ends_with_its_key() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delivr", None).await?;
    let login = log_in(&server, &ours, PASSWORD).await?;
    assert_eq!((login.status, login.header("cache-control")), (200, Some("no-store")));
    // 2026-01-01, as the profile says; no end is published.
    assert_eq!(login.header("deprecation"), Some("@1767225600"));
    let token = login.json()?["token"].as_str().ok_or("no token")?.to_owned();
    let schema = with_token(&server, &token).await?;
    assert_eq!(schema.status, 200, "{}", schema.body);
    assert_eq!(schema.header("deprecation"), Some("@1767225600"));
    assert_eq!(schema.header("sunset"), None);
    let project = post("/api/v1/audiences", r#"{"name":"A"}"#).host(HOST);
    let project = project.header("authorization", &format!("bearer {token}"));
    let created = server.api(&project.header("x-project-id", "p1")).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    // A key's own answers say nothing of it.
    let key = ours.key(Access::ReadWrite).await?;
    let by_key = server.api(&get("/api/v2/events_schema").host(HOST).key(&key.text)).await?;
    assert_eq!((by_key.status, by_key.header("deprecation")), (200, None));

    // Who still logs in stands in the list, for people and for programs.
    let filter = KeyFilter { state: Some(KeyState::LegacyLogin), ..KeyFilter::default() };
    let (keys, total) = list(server.backend(), &ours.admin, &filter).await?;
    assert_eq!((total, keys[0].name.as_str()), (1, &*format!("Legacy login of {}", ours.email)));

    let unknown = PlainKey::mint("dlvr_")?.expose().to_owned();
    let unknown = server.api(&get("/api/v2/events_schema").host(HOST).key(&unknown)).await?;
    let unknown = unknown.timeless();
    assert_eq!((unknown.status, unknown.body.as_str()), (401, r#"{"error":"Invalid API key"}"#));
    let signed = token.rsplit_once('.').map(|(signed, _)| signed).unwrap_or_default();
    let (_, claims) = signed.split_once('.').ok_or("no claims")?;
    let longer = token.replace(claims, "eyJzdWIiOiIwIiwiaWF0IjowLCJleHAiOjk5OTk5OTk5OTl9");
    for wrong in [
        // Another algorithm, none, and claims that were not signed.
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."),
        format!("eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.{claims}.AAAA"),
        format!("{signed}."),
        format!("{signed}.AAAA"),
        longer,
        key.text.clone(),
        keys[0].id.to_string(),
        String::new(),
    ] {
        assert_eq!(with_token(&server, &wrong).await?.timeless(), unknown, "{wrong}");
    }
    // A vendor without logins takes no tokens, wherever they stand.
    let theirs = server.tenant("delphos").await?;
    for header in ["authorization", "x-api-key"] {
        let value = if header == "x-api-key" { token.clone() } else { format!("Bearer {token}") };
        let request = get("/v1/patients").host(&theirs.host()).header(header, &value);
        assert_eq!(server.api(&request).await?.status, 401, "{header}");
    }
    // Its page says what it is, and offers what makes sense.
    let page = format!("/{}/settings/api-keys/{}", ours.slug, keys[0].id);
    let owner = Visitor::sign_in(&server, &ours.email).await?;
    let shown = owner.get(&page).await?.body;
    for words in ["A legacy login", "POST /auth/v1/login", "15 minutes", "since 2026-01-01"] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    assert!(shown.contains(&format!("{page}/revoke")) && !shown.contains("Regenerate"), "{shown}");
    let form = format!("form_token={}&overlap=now", uuid::Uuid::now_v7());
    for answer in [
        owner.get(&format!("{page}/regenerate")).await?,
        owner.post(&format!("{page}/regenerate"), &form).await?,
    ] {
        assert_eq!(answer.status, 409);
        assert!(answer.body.contains("create a key instead"), "{}", answer.body);
    }
    assert_eq!(with_token(&server, &token).await?.status, 200);
    revoke(server.backend(), &ours.admin, keys[0].id).await?;
    let shown = owner.get(&page).await?.body;
    assert!(shown.contains("are refused for good") && !shown.contains("/revoke"), "{shown}");
    assert_eq!(with_token(&server, &token).await?.timeless(), unknown, "at once");
    assert_eq!(log_in(&server, &ours, PASSWORD).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_login_that_is_refused_tells_nothing() -> Result {
    let server = TestServer::start_as(|config| config.require_https = false).await?;
    let ours = tenant(&server, "delivr", None).await?;
    let refused = log_in(&server, &ours, "a wrong password").await?.timeless();
    assert_eq!(refused.body, r#"{"error":"Invalid email or password"}"#);
    let ask = async |body: &str| server.api(&post("/auth/v1/login", body).host(HOST)).await;
    let nobody = ask(r#"{"email":"nobody@x.example","password":"a wrong password"}"#).await?;
    assert_eq!(nobody.timeless(), refused);
    let elsewhere = Tenant::make(server.backend(), "delphos").await?;
    let body = json!({ "email": elsewhere.email, "password": PASSWORD }).to_string();
    assert_eq!(ask(&body).await?.timeless(), refused, "the right password of another vendor's");
    for (body, status, words) in [
        ("", 400, "The request body is not valid JSON"),
        ("[]", 400, "The request body must be a JSON object"),
        ("{}", 400, "email is required"),
        (r#"{"email":"a@b.example"}"#, 400, "password is required"),
        (r#"{"email":["a"],"password":"x"}"#, 400, "email must be a string"),
        (&*format!(r#"{{"email":"{}"}}"#, "x".repeat(5000)), 413, "The request body is too large"),
    ] {
        let answer = ask(body).await?;
        let wanted = json!({ "error": words });
        assert_eq!((answer.status, answer.json()?), (status, wanted), "{words}");
    }
    let got = server.api(&get("/auth/v1/login").host(HOST)).await?;
    assert_eq!((got.status, got.header("allow")), (405, Some("POST")));
    // Guessing is slowed down, at a known address and at an unknown one.
    for email in [ours.email.as_str(), "nobody@x.example"] {
        let body = json!({ "email": email, "password": "another" }).to_string();
        let mut statuses = Vec::new();
        for _ in 0..21 {
            statuses.push(ask(&body).await?.status);
        }
        assert_eq!(statuses.last(), Some(&429), "{email}: {statuses:?}");
    }
    // Nobody's password goes in the open.
    let strict = TestServer::start_as(|config| config.require_https = true).await?;
    let ours = tenant(&strict, "delivr", None).await?;
    let plain = log_in(&strict, &ours, PASSWORD).await?;
    assert_eq!((plain.status, plain.body.as_str()), (403, r#"{"error":"HTTPS is required"}"#));
    let no_login = strict.api(&get("/api/v2/events_schema").host(HOST)).await?;
    assert_eq!(no_login.status, 401, "keys may");
    Ok(())
}

#[tokio::test]
async fn any_vendor_may_have_logins_until_a_day() -> Result {
    let login = "[login]
path = \"/login\"
header = \"X-Token\"
lifetime_s = 60
answer = '{\"jwt\":{token}}'
ends_on = \"ENDS\"

[errors]
";
    let example = include_str!("../../../../app/domain/profiles/README.md");
    let example = example.split("```toml\n").nth(1).and_then(|it| it.split("```").next());
    let example = example.ok_or("the README shows no profile")?.replacen("[errors]\n", login, 1);
    for (ends, sunset) in
        [("2099-01-01", Some("Thu, 01 Jan 2099 00:00:00 GMT")), ("2025-01-01", None)]
    {
        let directory = TestDirectory::make()?;
        std::fs::write(directory.join("petly.toml"), example.replace("ENDS", ends))?;
        let own = directory.path().to_owned();
        let server = TestServer::start_as(|config| config.profiles_dir = Some(own)).await?;
        let ours = tenant(&server, "petly", None).await?;
        let answer = log_in(&server, &ours, PASSWORD).await?;
        let Some(sunset) = sunset else {
            assert_eq!(answer.status, 401, "it is gone: a path like any other, without a key");
            continue;
        };
        assert_eq!((answer.status, answer.header("sunset")), (200, Some(sunset)));
        let token = answer.json()?["jwt"].as_str().ok_or("no token")?.to_owned();
        let pets = get("/v3/pets").host("api.petly.localhost");
        let found = server.api(&pets.clone().header("x-token", &format!("Bearer {token}"))).await?;
        assert_eq!((found.status, found.header("sunset")), (200, Some(sunset)));
        // Two vendors with logins do not take each other's tokens.
        assert_eq!(with_token(&server, &token).await?.status, 401);
        let theirs = tenant(&server, "delivr", None).await?;
        let theirs = self::token(&server, &theirs).await?;
        let foreign = server.api(&pets.header("x-token", &format!("Bearer {theirs}"))).await?;
        assert_eq!(
            (foreign.status, foreign.body.as_str()),
            (401, r#"{"ok":false,"why":"Who are you?"}"#)
        );
    }
    Ok(())
}

#[tokio::test]
async fn audiences_belong_to_a_project() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delivr", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?.without(&["x-project-id"]);
    let audiences = |project: &str| {
        let [list, create] =
            [get("/api/v1/audiences"), post("/api/v1/audiences", r#"{"name":"A"}"#)];
        [list, create].map(|request| request.header("X-Project-Id", project))
    };
    for request in [get("/api/v1/audiences"), post("/api/v1/audiences", r#"{"name":"A"}"#)] {
        let refused = caller.call(&server, request).await?;
        let wanted = (400, r#"{"error":"X-Project-Id is required"}"#);
        assert_eq!((refused.status, refused.body.as_str()), wanted);
    }
    let [list, create] = audiences("p1");
    let created = caller.call(&server, create).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json()?;
    assert_eq!(created["project_id"], json!("p1"));
    assert_eq!(caller.call(&server, list).await?.json()?["data"], json!([created]));
    let [list, _] = audiences("p2");
    assert_eq!(caller.call(&server, list).await?.json()?["data"], json!([]));
    // One is read, changed and deleted without.
    let one = format!("/api/v1/audiences/{}", created["id"].as_str().ok_or("no id")?);
    assert_eq!(caller.call(&server, get(&one)).await?.json()?, created);
    let change = post(&one, r#"{"name":"B"}"#).method("PATCH");
    assert_eq!(caller.call(&server, change).await?.json()?["name"], json!("B"));
    assert_eq!(caller.call(&server, request("DELETE", &one)).await?.status, 204);
    // A body that names another project is not taken.
    let other = post("/api/v1/audiences", r#"{"name":"A","project_id":"p2"}"#);
    let refused = caller.call(&server, other.header("x-project-id", "p1")).await?;
    assert_eq!(refused.status, 400, "{}", refused.body);
    Ok(())
}

#[tokio::test]
async fn events_and_identities_are_found_by_what_they_are_asked_for() -> Result {
    let server = TestServer::start().await?;
    let ours = tenant(&server, "delivr", None).await?;
    let caller = Caller::new(&server, &ours, "good").await?;
    let event = r#"{"source":"pixel","pixel_id":"px1","event_type":"view"}"#;
    let created = caller.call(&server, post("/api/v2/events", event)).await?;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json()?;
    for (query, found) in [
        ("source=pixel&pixel_id=px1", json!([created])),
        ("source=pixel&pixel_id=px2", json!([])),
        ("source=import&pixel_id=px1", json!([])),
    ] {
        let listed = caller.call(&server, get(&format!("/api/v2/events?{query}"))).await?;
        assert_eq!(listed.json()?["data"], found, "{query}");
    }
    let identity = r#"{"email":"a@b.example","hem":"0123"}"#;
    let created = caller.call(&server, post("/api/v1/lookup", identity)).await?.json()?;
    for query in ["email=a%40b.example", "hem=0123"] {
        let found = caller.call(&server, get(&format!("/api/v1/lookup?{query}"))).await?.json()?;
        assert_eq!(found["data"], json!([created]), "{query}");
    }
    let blind = caller.call(&server, get("/api/v1/lookup")).await?;
    assert_eq!(blind.body, r#"{"error":"One of hem, email is required"}"#);
    Ok(())
}
