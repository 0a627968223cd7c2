//! People's own ways in, over HTTP: the password once more, the second factor, a new password.

use domain::members::Role;
use nix::sys::signal::Signal;
use totp_rs::{Builder, Secret, Totp};
use tower_sessions::SessionStore;

use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{Answer, get};
use crate::support::program::{Program, program, serve};
use crate::support::server::TestServer;
use crate::support::tenant::PASSWORD;
use crate::support::visitor::{Visitor, own_form};
use crate::support::{Result, fail};

/// A browser, which keeps the cookie that it was given last.
struct Browser {
    address: String,
    cookie: Option<String>,
}

impl Browser {
    fn new(address: &str) -> Self {
        Self { address: address.to_owned(), cookie: None }
    }

    async fn send(&mut self, request: crate::support::http::Request) -> Result<Answer> {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let answer = request.send(&self.address).await?;
        let set = answer.headers.iter().rev().find(|(name, _)| name == "set-cookie");
        if let Some((_, cookie)) = set {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        Ok(answer)
    }

    async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(get(path)).await
    }

    async fn post(&mut self, path: &str, body: &str) -> Result<Answer> {
        self.send(own_form(path, body)).await
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Result<Answer> {
        let (email, password) = (email.replace('@', "%40"), password.replace(' ', "+"));
        self.post("/login", &format!("email={email}&password={password}&next=/account")).await
    }
}

/// Lets ten minutes pass since the password was given.
async fn forget_proof(server: &TestServer, browser: &Browser) -> Result {
    let store = server::dashboard::sessions::Store::new(server.backend().pools.auth.clone());
    let cookie = browser.cookie.as_deref().ok_or("no cookie")?;
    let (_, id) = cookie.split_once('=').ok_or("no id")?;
    let mut record = store.load(&id.parse()?).await?.ok_or("no session")?;
    let at = &mut record.data.get_mut("presence").ok_or("nobody")?["proved_at"];
    *at = (at.as_i64().ok_or("no time")? - 600_000).into();
    Ok(store.save(&record).await?)
}

/// What stands between the two in the text.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Result<&'a str> {
    let rest = text.split_once(before).map(|(_, rest)| rest);
    match rest.and_then(|rest| rest.split_once(after)) {
        Some((found, _)) => Ok(found),
        None => fail(format!("no {before} in {text}")),
    }
}

/// The secret that the page shows, in the user's app.
fn app_with(page: &str) -> Result<(String, Totp)> {
    let shown = between(page, "data-testid=\"totp-secret\"", "</code>")?;
    let shown = shown.rsplit('>').next().unwrap_or_default().trim().to_owned();
    let secret = Secret::try_from_base32(shown.replace(' ', "")).map_err(|_| "not a secret")?;
    let app = Builder::new().with_secret(secret).build().map_err(|error| format!("{error:?}"))?;
    Ok((shown, app))
}

fn code(app: &Totp, later: u64) -> String {
    let now = time::OffsetDateTime::now_utc().unix_timestamp().unsigned_abs();
    app.generate(now + later).to_string()
}

#[tokio::test]
async fn a_second_factor_is_shown_once_and_asked_for_from_then_on() -> Result {
    let server = TestServer::start().await?;
    let (_, email) = Visitor::user(&server, "ann", false).await?;
    let mut browser = Browser::new(&server.addresses().local_dashboard);
    assert_eq!(browser.sign_in(&email, PASSWORD).await?.status, 303);
    assert_eq!(browser.get("/account/second-factor").await?.status, 200);
    let begun = browser.post("/account/second-factor", "").await?;
    assert_eq!((begun.status, begun.header("cache-control")), (200, Some("no-store")));
    let (secret, app) = app_with(&begun.body)?;
    let plain = secret.replace(' ', "");
    assert!(begun.body.contains(&format!("secret={plain}")), "the address, too");

    let wrong = browser.post("/account/second-factor/confirm", "code=000000").await?;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let silent = |page: &str| assert!(!page.contains(&secret) && !page.contains(&plain), "{page}");
    silent(&wrong.body);
    for path in ["/account", "/account/second-factor", "/account/second-factor/confirm"] {
        silent(&browser.get(path).await?.body);
    }
    let before = browser.cookie.clone();
    let body = format!("code={}", code(&app, 0));
    let done = browser.post("/account/second-factor/confirm", &body).await?;
    assert_eq!((done.status, done.header("cache-control")), (200, Some("no-store")));
    assert_ne!(browser.cookie, before, "a new session id");
    let codes = between(&done.body, "data-copy-source>", "</code>")?;
    let codes: Vec<String> = codes.lines().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10, "{codes:?}");
    let again = browser.post("/account/second-factor/confirm", &body).await?;
    assert_eq!(again.status, 409, "Reload shows no codes");
    for page in [again.body, browser.get("/account/second-factor").await?.body] {
        silent(&page);
        assert!(codes.iter().all(|code| !page.contains(code)), "{page}");
    }

    // From now on the password alone opens nothing.
    let mut other = Browser::new(&server.addresses().local_dashboard);
    let half = other.sign_in(&email, PASSWORD).await?;
    assert_eq!(half.header("location"), Some("/login/code?next=/account"));
    assert_eq!(other.get("/account").await?.status, 303);
    let planted = other.cookie.clone();
    let used = other.post("/login/code", &body).await?;
    assert_eq!(used.status, 422, "a code works once");
    let fresh = format!("code={}&next=//evil.example", code(&app, 30));
    let entered = other.post("/login/code", &fresh).await?;
    assert_eq!((entered.status, entered.header("location")), (303, Some("/")));
    assert_ne!(other.cookie, planted);
    assert_eq!(other.get("/account").await?.status, 200);

    // And a recovery code, once; the second step is nothing without the first.
    let recovery = format!("code={}&next=/account", codes[0]);
    for status in [303, 422] {
        let mut third = Browser::new(&server.addresses().local_dashboard);
        third.sign_in(&email, PASSWORD).await?;
        assert_eq!(third.post("/login/code", &recovery).await?.status, status);
    }
    let mut stranger = Browser::new(&server.addresses().local_dashboard);
    let without = stranger.post("/login/code", &format!("code={}", codes[1])).await?;
    assert_eq!(without.header("location"), Some("/login?next=/"));

    let off = browser.post("/account/second-factor/remove", "").await?;
    assert_eq!(off.header("location"), Some("/account"));
    assert_eq!(stranger.sign_in(&email, PASSWORD).await?.header("location"), Some("/account"));
    Ok(())
}

#[tokio::test]
async fn what_is_dangerous_asks_for_the_password_again() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let (user, email) = Visitor::user(&server, "owner", false).await?;
    sqlx::query(
        "insert into members (organization_id, user_id, role) select id, $2, 'owner' from organizations where slug = $1",
    )
    .bind(&tenant.slug)
    .bind(user)
    .execute(&mut server.database.owner().await?)
    .await?;
    let mut owner = Browser::new(&server.addresses().local_dashboard);
    owner.sign_in(&email, PASSWORD).await?;
    let slug = &tenant.slug;
    let admin = tenant.admin.user_id();
    let member = format!("/{slug}/settings/team/members/{admin}");
    let security = format!("/{slug}/settings/security");
    forget_proof(&server, &owner).await?;
    for (path, body, back) in [
        (security.clone(), "seen=1&idle_minutes=15", security.clone()),
        (member.clone(), "seen=admin&role=owner", member.clone()),
        (format!("{member}/remove"), "", format!("{member}/remove")),
        ("/account/second-factor".to_owned(), "", "/account/second-factor".to_owned()),
        ("/account/second-factor/remove".to_owned(), "", "/account/second-factor".to_owned()),
    ] {
        let asked = owner.post(&path, body).await?;
        let confirm = format!("/account/confirm?next={back}");
        assert_eq!(
            (asked.status, asked.header("location")),
            (303, Some(confirm.as_str())),
            "{path}"
        );
    }
    for path in [security.as_str(), "/account/second-factor"] {
        let asked = owner.get(path).await?;
        let confirm = format!("/account/confirm?next={path}");
        assert_eq!(asked.header("location"), Some(confirm.as_str()), "{path}");
    }
    // A change that is not dangerous goes through.
    let role = owner.post(&member, "seen=admin&role=developer").await?;
    assert_eq!(role.header("location"), Some(format!("/{slug}/settings/team").as_str()));

    let wrong = owner.post("/account/confirm", "password=wrong&next=/account").await?;
    assert_eq!(wrong.status, 422);
    let before = owner.cookie.clone();
    for (next, leads) in [(security.as_str(), security.as_str()), ("//evil.example", "/account")] {
        let body = format!("password={}&next={next}", PASSWORD.replace(' ', "+"));
        let proved = owner.post("/account/confirm", &body).await?;
        assert_eq!(proved.header("location"), Some(leads));
    }
    assert_ne!(owner.cookie, before, "a new session id");
    let saved = owner.post(&security, "seen=1&idle_minutes=15").await?;
    assert_eq!(saved.header("location"), Some(format!("/{slug}/settings").as_str()));
    Ok(())
}

#[tokio::test]
async fn the_strictest_organization_decides_when_somebody_is_signed_out() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let mut browser = Browser::new(&server.addresses().local_dashboard);
    browser.sign_in(&tenant.email, PASSWORD).await?;
    sqlx::query("update organizations set idle_minutes = 15 where slug = $1")
        .bind(&tenant.slug)
        .execute(&mut server.database.owner().await?)
        .await?;
    assert_eq!(browser.get("/account").await?.status, 200);
    sqlx::query(
        "update tower_sessions.session set data = convert_to(regexp_replace(
             convert_from(data, 'UTF8'), '\"seen_at\":\\d+', '\"seen_at\":' || $1), 'UTF8')",
    )
    .bind((server.backend().clock.now_ms() - 15 * 60_000).to_string())
    .execute(&mut server.database.owner().await?)
    .await?;
    assert_eq!(browser.get("/account").await?.status, 303);
    Ok(())
}

#[tokio::test]
async fn without_mail_the_command_line_prints_a_link_that_works_once() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let mut command = serve(&directory.join("data"), &directory.site()?);
    command.env("DATABASE_URL", database.url()).arg("--demo");
    let mut running = Program::start(command, &directory.join("log")).await?;
    let demo: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(directory.join("data/demo.json"))?)?;
    let user = &demo["users"][0];
    let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
    let (email, password) = (text("email"), text("password"));
    let mut elsewhere = Browser::new(&running.dashboard);
    elsewhere.sign_in(&email, &password).await?;
    assert_eq!(elsewhere.get("/account").await?.status, 200);

    let reset = async |email: &str| {
        let mut command = program("users");
        command.arg("reset-password").arg(email).env("DATABASE_URL", database.url());
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(command.output().await?)
    };
    let nobody = reset("nobody@nowhere.example").await?;
    assert!(!nobody.status.success() && nobody.stdout.is_empty(), "{nobody:?}");
    let printed = reset(&email.to_uppercase()).await?;
    assert!(printed.status.success(), "{printed:?}");
    let link = String::from_utf8(printed.stdout)?;
    let path = link.trim().strip_prefix(&running.dashboard).ok_or("no link")?.to_owned();
    assert_eq!(path.len(), "/reset/".len() + 64, "{path}");

    let mut browser = Browser::new(&running.dashboard);
    assert!(browser.get("/reset").await?.body.contains("latchkey users reset-password"));
    assert_eq!(browser.post("/reset", "email=a%40b.example").await?.status, 404);
    let page = browser.get(&path).await?;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    assert_eq!(browser.post(&path, "new_password=short").await?.status, 422);
    let saved = browser.post(&path, "new_password=another+long+password").await?;
    assert_eq!(saved.header("location"), Some("/login"));
    assert_eq!(elsewhere.get("/account").await?.status, 303, "signed out");
    for dead in [path.as_str(), "/reset/x", &format!("/reset/{}", "0".repeat(64))] {
        assert_eq!(browser.get(dead).await?.status, 404, "{dead}");
    }
    assert_eq!(browser.sign_in(&email, &password).await?.status, 422);
    assert_eq!(browser.sign_in(&email, "another long password").await?.status, 303);
    running.signal(Signal::SIGTERM)?;
    running.ended().await?;
    let token = path.trim_start_matches("/reset/");
    assert!(!running.log()?.contains(token), "the token is in the log");
    Ok(())
}

#[tokio::test]
async fn viewers_and_strangers_have_no_settings() -> Result {
    let server = TestServer::start().await?;
    let (tenant, other) = (server.tenant("delphos").await?, server.tenant("delphos").await?);
    let path = format!("/{}/settings", tenant.slug);
    let form = "name=One&time_zone=UTC&key_days_max=&seen=1";
    let viewer = Visitor::member(&server, &tenant, Role::Viewer).await?;
    let stranger = Visitor::sign_in(&server, &other.email).await?;
    for (who, status) in [(&viewer, 403), (&stranger, 404)] {
        for path in [path.clone(), format!("{path}/security")] {
            assert_eq!(who.get(&path).await?.status, status, "{path}");
            assert_eq!(who.post(&path, form).await?.status, status, "{path}");
        }
    }
    let admin = Visitor::sign_in(&server, &tenant.email).await?;
    assert_eq!(admin.get(&path).await?.status, 200);
    assert_eq!(admin.get(&format!("{path}/security")).await?.status, 403);
    assert_eq!(admin.post(&path, form).await?.status, 303);
    Ok(())
}

#[tokio::test]
async fn the_first_account_is_a_reps() -> Result {
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let mut command = serve(&directory.join("data"), &directory.site()?);
    command.env("DATABASE_URL", database.url());
    let mut running = Program::start(command, &directory.join("log")).await?;
    let add = async |email: &str| {
        let mut command = program("users");
        command.args(["add-rep", email, "--name", "Robin Rep"]).env("DATABASE_URL", database.url());
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(command.output().await?)
    };
    let added = add("Robin@Vendor.example").await?;
    assert!(added.status.success(), "{added:?}");
    let link = String::from_utf8(added.stdout)?;
    let path = link.trim().strip_prefix(&running.dashboard).ok_or("no link")?.to_owned();
    let mut browser = Browser::new(&running.dashboard);
    let saved = browser.post(&path, "new_password=a+long+password+of+robins").await?;
    assert_eq!(saved.header("location"), Some("/login"));
    let robin = "robin@vendor.example";
    assert_eq!(browser.sign_in(robin, "a long password of robins").await?.status, 303);
    assert_eq!(browser.get("/rep/tenants").await?.status, 200);
    for (email, said) in [(robin, "email"), ("robin", "email")] {
        let refused = add(email).await?;
        assert_eq!(refused.status.code(), Some(1), "{email}");
        assert!(String::from_utf8(refused.stderr)?.contains(said), "{email}");
    }
    running.stop().await
}
