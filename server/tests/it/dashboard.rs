//! What stands around the pages: sessions, the guard against other sites, headers, files.

use server::api::TrustedProxies;
use server::config::PublicUrl;
use server::site::Site;

use crate::support::http::{Answer, Request, get, post, request};
use crate::support::server::TestServer;
use crate::support::tenant::{PASSWORD, Tenant};
use crate::support::{Result, fail};

const COOKIE: &str = "latchkey_session";

fn form(path: &str, body: &str) -> Request {
    post(path, body).header("content-type", "application/x-www-form-urlencoded")
}

fn ours(request: Request) -> Request {
    request.header("sec-fetch-site", "same-origin")
}

/// The session cookie's value that the answer sets.
fn session(answer: &Answer) -> Result<String> {
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let mut values = cookies.filter_map(|(_, cookie)| cookie.split(';').next()?.split_once('='));
    match values.next_back() {
        Some((_, value)) => Ok(value.to_owned()),
        None => fail(format!("no cookie: {answer:?}")),
    }
}

fn sign_in_body(email: &str, password: &str) -> String {
    format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"))
}

async fn sign_in(server: &TestServer, tenant: &Tenant) -> Result<Answer> {
    let body = sign_in_body(&tenant.email, PASSWORD);
    let answer = server.dashboard(&ours(form("/login", &body))).await?;
    assert_eq!(answer.status, 303, "{}", answer.body);
    Ok(answer)
}

fn with(request: Request, session: &str) -> Request {
    request.header("cookie", &format!("{COOKIE}={session}"))
}

#[tokio::test]
async fn a_session_is_kept_by_a_hash_and_ends_with_signing_out() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let signed_in = sign_in(&server, &tenant).await?;
    let cookie = signed_in.header("set-cookie").ok_or("no cookie")?;
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    let id = session(&signed_in)?;

    let mut owner = server.database.owner().await?;
    let rows: Vec<(String, Vec<u8>)> =
        sqlx::query_as("select id, data from tower_sessions.session").fetch_all(&mut owner).await?;
    assert_eq!(rows.len(), 1);
    let (stored, data) = &rows[0];
    assert!(stored.len() == 64 && !stored.contains(&id), "{stored}");
    assert!(!String::from_utf8_lossy(data).contains(&id));
    // What the database knows signs nobody in.
    let page = format!("/{}", tenant.slug);
    assert_eq!(server.dashboard(&with(get(&page), &id)).await?.status, 200);
    assert_eq!(server.dashboard(&with(get(&page), stored)).await?.status, 303);

    let out = server.dashboard(&with(ours(form("/logout", "")), &id)).await?;
    assert_eq!(out.status, 303);
    assert_eq!(server.dashboard(&with(get(&page), &id)).await?.status, 303);
    Ok(())
}

#[tokio::test]
async fn a_page_under_way_does_not_bring_a_session_back() -> Result {
    use server::dashboard::sessions::Store;
    use tower_sessions::SessionStore;
    use tower_sessions::session::{Id, Record};

    let server = TestServer::start().await?;
    let store = Store::new(server.backend().pools.auth.clone());
    let expiry_date = time::OffsetDateTime::now_utc() + time::Duration::HOUR;
    let mut record =
        Record { id: Id::default(), data: std::collections::HashMap::new(), expiry_date };
    record.data.insert("user".to_owned(), "somebody".into());
    store.create(&mut record).await?;
    let loaded = store.load(&record.id).await?.ok_or("it is there")?;
    assert_eq!((loaded.id, &loaded.data), (record.id, &record.data));
    store.delete(&record.id).await?;
    store.save(&loaded).await?;
    assert!(store.load(&record.id).await?.is_none());

    let mut old =
        Record { expiry_date: time::OffsetDateTime::now_utc() - time::Duration::HOUR, ..record };
    store.create(&mut old).await?;
    assert!(store.load(&old.id).await?.is_none());
    assert_eq!(store.delete_expired().await?, 1);
    Ok(())
}

/// Changes what the session of this cookie says of itself.
async fn change_presence(server: &TestServer, id: &str, name: &str, less_ms: i64) -> Result {
    use tower_sessions::SessionStore;
    let store = server::dashboard::sessions::Store::new(server.backend().pools.auth.clone());
    let mut record = store.load(&id.parse()?).await?.ok_or("no session")?;
    let at = &mut record.data.get_mut("presence").ok_or("nobody has signed in")?[name];
    *at = (at.as_i64().ok_or("no time")? - less_ms).into();
    Ok(store.save(&record).await?)
}

#[tokio::test]
async fn a_session_ends_when_it_is_left_alone_and_when_it_is_old() -> Result {
    const HOUR: i64 = 3_600_000;
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let page = format!("/{}", tenant.slug);
    for (name, kept, too_much) in
        [("seen_at", 2 * HOUR - 60_000, 2 * HOUR), ("began_at", 12 * HOUR - 60_000, 12 * HOUR)]
    {
        let id = session(&sign_in(&server, &tenant).await?)?;
        change_presence(&server, &id, name, kept).await?;
        assert_eq!(server.dashboard(&with(get(&page), &id)).await?.status, 200, "{name}");
        change_presence(&server, &id, name, too_much).await?;
        let ended = server.dashboard(&with(get(&page), &id)).await?;
        assert_eq!(ended.status, 303, "{name}");
        let told = server.dashboard(&with(get("/login"), &session(&ended)?)).await?;
        assert!(told.body.contains("You were signed out because"), "{}", told.body);
        assert_eq!(server.dashboard(&with(get(&page), &id)).await?.status, 303, "for good");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_that_was_left_open_does_not_keep_the_session_alive() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (id, page) = (session(&sign_in(&server, &tenant).await?)?, format!("/{}", tenant.slug));
    let hour_and_a_half = 5_400_000;
    for (mode, status) in [("navigate", 200), ("cors", 200), ("cors", 303)] {
        let asked = with(get(&page), &id).header("sec-fetch-mode", mode);
        assert_eq!(server.dashboard(&asked).await?.status, status, "{mode}");
        if status == 200 {
            change_presence(&server, &id, "seen_at", hour_and_a_half).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_notice_waits_for_the_next_page_that_somebody_opens() -> Result {
    let server = TestServer::start().await?;
    let out = server.dashboard(&ours(form("/logout", ""))).await?;
    let id = session(&out)?;
    for (mode, told) in
        [("cors", false), ("no-cors", false), ("navigate", true), ("navigate", false)]
    {
        let asked = with(get("/login"), &id).header("sec-fetch-mode", mode);
        let answer = server.dashboard(&asked).await?;
        assert_eq!(answer.status, 200, "{mode}");
        assert_eq!(answer.body.contains("You are signed out"), told, "{mode}: {}", answer.body);
    }
    Ok(())
}

/// A page that was left open finds out first; the next one that somebody opens says so.
#[tokio::test]
async fn a_session_that_ends_behind_somebodys_back_says_so_later() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (id, page) = (session(&sign_in(&server, &tenant).await?)?, format!("/{}", tenant.slug));
    change_presence(&server, &id, "seen_at", 7_200_000).await?;
    let asked = with(get(&page), &id).header("sec-fetch-mode", "cors");
    let ended = server.dashboard(&asked).await?;
    assert_eq!(ended.status, 303);
    let next = session(&ended)?;
    let followed = with(get("/login"), &next).header("sec-fetch-mode", "cors");
    server.dashboard(&followed).await?;
    let told = server.dashboard(&with(get("/login"), &next)).await?;
    assert!(told.body.contains("You were signed out because"), "{}", told.body);
    Ok(())
}

#[tokio::test]
async fn signing_in_gives_a_new_session_id() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    // One that was there before, such as one that somebody else has planted.
    let planted = session(&server.dashboard(&ours(form("/logout", ""))).await?)?;
    let body = sign_in_body(&tenant.email, PASSWORD);
    let answer = server.dashboard(&with(ours(form("/login", &body)), &planted)).await?;
    assert_eq!(answer.status, 303);
    let page = format!("/{}", tenant.slug);
    let own = session(&answer)?;
    assert_ne!(own, planted);
    assert_eq!(server.dashboard(&with(get(&page), &planted)).await?.status, 303);
    assert_eq!(server.dashboard(&with(get(&page), &own)).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn guessing_is_slowed_and_the_wait_is_said() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    for email in [tenant.email.as_str(), "nobody@nowhere.example"] {
        let guess = ours(form("/login", &sign_in_body(email, "a wrong guess")));
        for _ in 0..20 {
            assert_eq!(server.dashboard(&guess).await?.status, 422, "{email}");
        }
        // Now also the right one; it is not looked at.
        let right = ours(form("/login", &sign_in_body(email, PASSWORD)));
        let mut refused = server.dashboard(&right).await?;
        if refused.status != 429 {
            // The machine was so slow that the first second is over: the next wait is longer.
            server.dashboard(&guess).await?;
            refused = server.dashboard(&right).await?;
        }
        assert_eq!(refused.status, 429, "{email}");
        let seconds: u64 = refused.header("retry-after").ok_or("no Retry-After")?.parse()?;
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert!(refused.body.contains("Too many attempts"), "{}", refused.body);
        assert!(refused.body.contains("try again in"), "{}", refused.body);
    }
    Ok(())
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_caller_is_a_place() -> Result {
    let trusted = TrustedProxies::parse(&["127.0.0.1".to_owned()])?;
    for (trusted, sixth, audited) in
        [(TrustedProxies::default(), 422, "127.0.0.1"), (trusted, 429, "203.0.113.7")]
    {
        let server = TestServer::start_as(|config| config.trusted_proxies = trusted).await?;
        let tenant = server.tenant("delphos").await?;
        let from = |ip: &str, password: &str| {
            ours(form("/login", &sign_in_body(&tenant.email, password)))
                .header("x-forwarded-for", ip)
        };
        for _ in 0..5 {
            let guess = from("198.51.100.1", "a wrong guess");
            assert_eq!(server.dashboard(&guess).await?.status, 422);
        }
        let guess = from("198.51.100.1", "a wrong guess");
        assert_eq!(server.dashboard(&guess).await?.status, sixth);
        // Somebody else, behind the same proxy.
        let signed_in = server.dashboard(&from("203.0.113.7", PASSWORD)).await?;
        assert_eq!(signed_in.status, 303);
        let id = session(&signed_in)?;
        let page = format!("/{}/channels/new", tenant.slug);
        let add =
            ours(form(&page, "name=Hub&acting_user=")).header("x-forwarded-for", "203.0.113.7");
        assert_eq!(server.dashboard(&with(add, &id)).await?.status, 303);
        let ip: String =
            sqlx::query_scalar("select abbrev(ip) from audit_events where ip is not null")
                .fetch_one(&mut server.database.owner().await?)
                .await?;
        assert_eq!(ip, audited);
    }
    Ok(())
}

#[tokio::test]
async fn https_keeps_the_cookie_to_https() -> Result {
    let public = PublicUrl::parse("https://keys.example.com")?;
    let server = TestServer::start_as(|config| config.public = public).await?;
    assert_eq!(server.addresses().dashboard, "https://keys.example.com");
    let tenant = server.tenant("delphos").await?;
    let signed_in = sign_in(&server, &tenant).await?;
    let cookie = signed_in.header("set-cookie").ok_or("no cookie")?;
    assert!(cookie.starts_with("__Host-latchkey_session="), "{cookie}");
    assert!(cookie.contains("; Secure") && cookie.contains("Path=/;"), "{cookie}");
    assert!(!cookie.contains("Domain="), "{cookie}");
    assert_eq!(signed_in.header("strict-transport-security"), Some("max-age=31536000"));
    // A neighbour's host could set a cookie without the prefix.
    let id = session(&signed_in)?;
    let page = format!("/{}", tenant.slug);
    let prefixed = get(&page).header("cookie", &format!("__Host-{COOKIE}={id}"));
    assert_eq!(server.dashboard(&prefixed).await?.status, 200);
    assert_eq!(server.dashboard(&with(get(&page), &id)).await?.status, 303);
    Ok(())
}

#[tokio::test]
async fn forms_of_other_sites_change_nothing() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let id = session(&sign_in(&server, &tenant).await?)?;
    let host = server.addresses().dashboard.trim_start_matches("http://").to_owned();
    let out = || with(form("/logout", ""), &id);
    for (what, refused) in [
        ("nothing said", out()),
        ("another site", out().header("sec-fetch-site", "cross-site")),
        ("a sister site", out().header("sec-fetch-site", "same-site")),
        ("another origin", out().header("origin", "http://evil.example")),
        ("no origin", out().header("origin", "null")),
        (
            "an origin that begins alike",
            out().header("origin", &format!("http://{host}.evil.example")),
        ),
        ("another method", with(request("DELETE", "/logout"), &id)),
    ] {
        let answer = server.dashboard(&refused).await?;
        assert_eq!(answer.status, 403, "{what}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"), "{what}");
        assert!(
            answer.body.contains("not sent from Latchkey's own pages"),
            "{what}: {}",
            answer.body
        );
    }
    let page = format!("/{}", tenant.slug);
    assert_eq!(server.dashboard(&with(get(&page), &id)).await?.status, 200, "still signed in");
    let origin = out().header("origin", &format!("http://{host}"));
    assert_eq!(server.dashboard(&origin).await?.status, 303);
    Ok(())
}

#[tokio::test]
async fn every_answer_carries_its_headers() -> Result {
    let server = TestServer::start().await?;
    for path in ["/login", "/", "/no/such/page", "/login/"] {
        let answer = server.dashboard(&get(path)).await?;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path} {name}");
        }
        let devices = answer.header("permissions-policy").ok_or("no permissions policy")?;
        assert!(devices.contains("camera=()") && devices.contains("microphone=()"), "{devices}");
        assert_eq!(answer.header("strict-transport-security"), None, "only where HTTPS is");
        assert_eq!(answer.header("x-request-id").map(str::len), Some(36), "{path}");
    }
    let page = server.dashboard(&get("/login/")).await?;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    let policy = page.header("content-security-policy").ok_or("no policy")?;
    assert!(policy.contains("default-src 'none'") && policy.contains("'nonce-"), "{policy}");
    Ok(())
}

#[tokio::test]
async fn a_form_that_is_too_long_is_refused() -> Result {
    let server = TestServer::start().await?;
    let long = format!("email=a&password={}", "x".repeat(100_000));
    assert_eq!(server.dashboard(&ours(form("/login", &long))).await?.status, 413);
    Ok(())
}

#[tokio::test]
async fn hashed_files_are_kept_for_good_and_missing_ones_not() -> Result {
    let directory = crate::support::directory::TestDirectory::make()?;
    let site = directory.site()?;
    std::fs::write(site.join("pkg/latchkey.a.js.gz"), "compressed")?;
    let built = Site::find(Some(site))?;
    let server = TestServer::start_as(|config| config.site = built).await?;
    let script = server.dashboard(&get("/pkg/latchkey.a.js")).await?;
    let kept = Some("public, max-age=31536000, immutable");
    assert_eq!((script.status, script.body.as_str()), (200, "export {}"));
    assert_eq!(script.header("cache-control"), kept);
    let small =
        server.dashboard(&get("/pkg/latchkey.a.js").header("accept-encoding", "gzip")).await?;
    assert_eq!(
        (small.header("content-encoding"), small.body.as_str()),
        (Some("gzip"), "compressed")
    );
    let missing = server.dashboard(&get("/pkg/latchkey.b.js")).await?;
    assert_eq!((missing.status, missing.header("cache-control")), (404, Some("no-store")));
    for outside in ["/pkg/../hash.txt", "/pkg/%2e%2e/hash.txt", "/hash.txt"] {
        let answer = server.dashboard(&get(outside)).await?;
        assert!(answer.status != 200 && !answer.body.contains("wasm: b"), "{outside}");
    }
    assert_eq!(
        server.dashboard(&get("/favicon.svg")).await?.header("cache-control"),
        Some("public, max-age=3600")
    );
    Ok(())
}
