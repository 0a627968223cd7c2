//! No secret stands anywhere but where it was shown: not in the log, not on a page, not in any
//! file of the database, its write-ahead log included.

use serde_json::Value;
use std::path::Path;
use std::process::Command;
use uuid::Uuid;

use crate::support::directory::TestDirectory;
use crate::support::http::{Answer, Request, get, post};
use crate::support::program::{Program, serve};
use crate::support::visitor::own_form;
use crate::support::{Result, fail};

/// What must not be found, and what it is.
#[derive(Default)]
struct Canaries(Vec<(String, String)>);

impl Canaries {
    fn add(&mut self, what: &str, text: &str) -> String {
        assert!(text.len() > 10, "{what} is too short to be looked for: {text:?}");
        if !self.0.iter().any(|(_, known)| known == text) {
            self.0.push((what.to_owned(), text.to_owned()));
        }
        text.to_owned()
    }

    fn found_in(&self, text: &str) -> Vec<&str> {
        let found = self.0.iter().filter(|(_, canary)| text.contains(canary));
        found.map(|(what, _)| what.as_str()).collect()
    }
}

/// Somebody's browser.
struct Browser {
    address: String,
    cookie: Option<String>,
}

impl Browser {
    /// Sends it; a session that comes back is kept, and is a secret.
    async fn send(&mut self, canaries: &mut Canaries, request: Request) -> Result<Answer> {
        let request = request.header("accept", "text/html");
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let answer = request.send(&self.address).await?;
        let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        for cookie in set.filter_map(|(_, cookie)| cookie.split(';').next()) {
            if let Some(id) = cookie.strip_prefix("latchkey_session=").filter(|id| !id.is_empty()) {
                canaries.add("a session", id);
                self.cookie = Some(cookie.to_owned());
            }
        }
        Ok(answer)
    }

    async fn sign_in(
        &mut self,
        canaries: &mut Canaries,
        email: &str,
        password: &str,
    ) -> Result<u16> {
        let form = format!("email={}&password={password}", email.replace('@', "%40"));
        Ok(self.send(canaries, own_form("/login", &form)).await?.status)
    }

    /// Opens the page and sends the form on it that leads there, as it stands, with `more`.
    async fn submit(
        &mut self,
        canaries: &mut Canaries,
        page: &str,
        action: &str,
        more: &str,
    ) -> Result<Answer> {
        let answer = self.send(canaries, get(page)).await?;
        let form =
            answer.body.split("<form").find(|form| form.contains(&format!("action=\"{action}\"")));
        let Some(form) = form else {
            return fail(format!("{page} leads not to {action}: {answer:?}"));
        };
        let form = form.split("</form>").next().unwrap_or_default();
        let inputs = form.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
        let sent =
            inputs.filter(|input| input.contains("type=\"hidden\"") || input.contains(" checked"));
        let mut fields: Vec<_> = sent
            .filter_map(|input| {
                Some(format!("{}={}", attribute(input, "name")?, attribute(input, "value")?))
            })
            .collect();
        fields.push(more.to_owned());
        self.send(canaries, own_form(action, &fields.join("&"))).await
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// The text of the element with this test id.
fn shown<'a>(answer: &'a Answer, id: &str) -> Result<&'a str> {
    let rest = answer.body.split_once(&format!("data-testid=\"{id}\"")).map(|(_, rest)| rest);
    let text = rest.and_then(|rest| rest.split_once('>')?.1.split('<').next());
    text.ok_or_else(|| format!("{id} is not shown: {answer:?}").into())
}

/// The key and, where there is one, its secret.
fn minted(
    canaries: &mut Canaries,
    what: &str,
    answer: &Answer,
) -> Result<(String, Option<String>)> {
    let key = canaries.add(what, shown(answer, "revealed-key")?);
    let secret = shown(answer, "revealed-secret").ok();
    Ok((key, secret.map(|secret| canaries.add(&format!("the secret of {what}"), secret))))
}

async fn call(
    program: &Program,
    host: &str,
    path: &str,
    key: &str,
    secret: Option<&str>,
) -> Result<u16> {
    let request = get(path).host(host).key(key);
    let request =
        secret.into_iter().fold(request, |request, secret| request.header("x-api-secret", secret));
    Ok(request.send(&program.api).await?.status)
}

/// A key's life in this organization; gives the key's id.
async fn live_with_keys(
    program: &Program,
    admin: &mut Browser,
    canaries: &mut Canaries,
    slug: &str,
    (host, path): (&str, &str),
) -> Result<String> {
    let new = format!("/{slug}/settings/api-keys/new");
    let form = format!(
        "name=Canary+key&channel=&environment=live&access=*&expires_in_days=90&secret_required=true&form_token={}",
        Uuid::now_v7()
    );
    let answer = admin.send(canaries, own_form(&new, &form)).await?;
    let (key, secret) = minted(canaries, "a key", &answer)?;
    let stored = answer
        .body
        .split("action=\"")
        .find_map(|rest| rest.split('"').next()?.strip_suffix("/stored"));
    let address = stored.ok_or("no address of the key")?.to_owned();
    assert_eq!(call(program, host, path, &key, secret.as_deref()).await?, 200);
    let wrong = format!("{}0", &key[..key.len() - 1]);
    canaries.add("a wrong key", &wrong);
    assert_ne!(call(program, host, path, &wrong, secret.as_deref()).await?, 200);
    if let Some(secret) = &secret {
        let wrong = format!("{}0", &secret[..secret.len() - 1]);
        canaries.add("a wrong secret", &wrong);
        assert_ne!(call(program, host, path, &key, Some(&wrong)).await?, 200);
    }
    let question = serde_json::json!({ "key": key, "secret": secret }).to_string();
    assert_eq!(post("/verify", &question).send(&program.internal).await?.status, 200);
    let regenerate = format!("{address}/regenerate");
    let answer = admin.submit(canaries, &regenerate, &regenerate, "").await?;
    let (key, secret) = minted(canaries, "a regenerated key", &answer)?;
    assert_eq!(call(program, host, path, &key, secret.as_deref()).await?, 200);
    Ok(address.rsplit('/').next().unwrap_or_default().to_owned())
}

/// A webhook is added, tried, and gets another secret.
async fn live_with_webhooks(admin: &mut Browser, canaries: &mut Canaries, slug: &str) -> Result {
    let notices = format!("/{slug}/settings/notices");
    let form =
        format!("url=https%3A%2F%2Fhooks.example%2F&revoked=true&form_token={}", Uuid::now_v7());
    let answer = admin.send(canaries, own_form(&format!("{notices}/new"), &form)).await?;
    canaries.add("a webhook's secret", shown(&answer, "webhook-secret")?);
    let link = format!("href=\"{notices}/");
    let mut ids = answer.body.split(&link).filter_map(|rest| rest.split('"').next());
    let id = ids.find(|id| id.parse::<Uuid>().is_ok()).ok_or("no webhook")?;
    let page = format!("{notices}/{id}");
    assert_eq!(admin.send(canaries, own_form(&format!("{page}/test"), "")).await?.status, 303);
    let rotate = format!("{page}/rotate");
    let answer = admin.submit(canaries, &rotate, &rotate, "").await?;
    canaries.add("a webhook's second secret", shown(&answer, "webhook-secret")?);
    let answer = admin.send(canaries, get(&page)).await?;
    assert_eq!((answer.status, canaries.found_in(&answer.body)), (200, Vec::new()));
    Ok(())
}

/// Somebody is invited, joins, and changes their password.
async fn live_with_people(admin: &mut Browser, canaries: &mut Canaries, slug: &str) -> Result {
    let invite = format!("/{slug}/settings/team/invite");
    let form = format!("email=canary%40new.example&role=viewer&form_token={}", Uuid::now_v7());
    let answer = admin.send(canaries, own_form(&invite, &form)).await?;
    let link = shown(&answer, "invitation-link")?.to_owned();
    let token = link.rsplit('/').next().unwrap_or_default();
    canaries.add("an invitation", token);
    let first = canaries.add("a password", "canary-of-a-first-password");
    let second = canaries.add("a second password", "canary-of-a-second-password");
    let wrong = canaries.add("a wrong password", "canary-of-a-wrong-password");
    let mut newcomer = Browser { address: admin.address.clone(), cookie: None };
    let form = format!("name=Canary+person&password={first}");
    let joined = newcomer.send(canaries, own_form(&format!("/invitations/{token}"), &form)).await?;
    assert_eq!(joined.status, 303, "{}", joined.body);
    let form = format!("current_password={first}&new_password={second}");
    assert_eq!(newcomer.send(canaries, own_form("/account", &form)).await?.status, 303);
    let form = format!("current_password={wrong}&new_password={wrong}-too");
    assert_eq!(newcomer.send(canaries, own_form("/account", &form)).await?.status, 422);
    assert_eq!(newcomer.sign_in(canaries, "canary@new.example", &wrong).await?, 422);
    assert_eq!(newcomer.sign_in(canaries, "canary@new.example", &second).await?, 303);
    Ok(())
}

/// Every page that these names lead to, but those whose address holds a secret.
async fn tour(
    admin: &mut Browser,
    canaries: &mut Canaries,
    slug: &str,
    key: &str,
) -> Result<Vec<String>> {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for route in app::all_routes().iter().filter(|route| route.method.is_safe()) {
        let path = route.path.replace("{organization}", slug).replace("{key}", key);
        if path.contains('{') {
            continue;
        }
        let answer = admin.send(canaries, get(&path)).await?;
        seen += usize::from(answer.status == 200);
        for what in canaries.found_in(&answer.body) {
            wrong.push(format!("{what} stands on {path}"));
        }
        let headers = answer.headers.iter().filter(|(name, _)| name != "set-cookie");
        for what in canaries.found_in(&format!("{:?}", headers.collect::<Vec<_>>())) {
            wrong.push(format!("{what} stands in the headers of {path}"));
        }
    }
    assert!(seen >= 12, "{seen} pages were seen");
    Ok(wrong)
}

/// The files beneath the directory that hold this text.
fn files_with(text: &str, directory: &Path) -> Result<String> {
    let grep = Command::new("grep")
        .env("LC_ALL", "C")
        .args(["--recursive", "--files-with-matches", "--text", "--fixed-strings"])
        .args(["--exclude=pepper", "--exclude=demo.json", "-e", text])
        .arg(directory)
        .output()?;
    if grep.status.code().is_none_or(|code| code > 1) {
        return fail(String::from_utf8_lossy(&grep.stderr));
    }
    Ok(String::from_utf8_lossy(&grep.stdout).into_owned())
}

#[tokio::test]
async fn no_secret_stands_anywhere_but_where_it_was_shown() -> Result {
    let directory = TestDirectory::make()?;
    let (data_dir, log) = (directory.join("data"), directory.join("log"));
    let mut command = serve(&data_dir, &directory.site()?);
    command.env("LATCHKEY_LOG", "trace").arg("--demo");
    let mut program = Program::start(command, &log).await?;
    let demo: Value = serde_json::from_str(&std::fs::read_to_string(data_dir.join("demo.json"))?)?;
    let mut canaries = Canaries::default();
    for organization in demo["organizations"].as_array().ok_or("no organizations")? {
        for field in ["api_key", "api_secret"] {
            if let Some(text) = organization[field].as_str() {
                canaries.add(&format!("the demo's {field}"), text);
            }
        }
    }
    let users = demo["users"].as_array().ok_or("no users")?;
    let admin =
        users.iter().find(|user| user["email"] == "admin@latchkey.example").ok_or("no admin")?;
    let password =
        canaries.add("the demo's password", admin["password"].as_str().unwrap_or_default());
    let pepper = std::fs::read_to_string(data_dir.join("pepper"))?;
    canaries.add("the pepper", pepper.trim().rsplit(':').next().unwrap_or_default());

    let mut admin = Browser { address: program.dashboard.clone(), cookie: None };
    assert_eq!(admin.sign_in(&mut canaries, "admin@latchkey.example", &password).await?, 303);
    let pairs = demo["organizations"][3]["slug"].as_str().ok_or("no slug")?.to_owned();
    let mut wrong = Vec::new();
    for (slug, host, path) in [
        (pairs.as_str(), "apiv3.delivr.localhost", "/api/v1/lookup?hem=0"),
        ("st-mary", "st-mary.delphos.localhost", "/v1/patients"),
    ] {
        let key = live_with_keys(&program, &mut admin, &mut canaries, slug, (host, path)).await?;
        live_with_webhooks(&mut admin, &mut canaries, slug).await?;
        wrong.extend(tour(&mut admin, &mut canaries, slug, &key).await?);
    }
    live_with_people(&mut admin, &mut canaries, "st-mary").await?;
    program.stop().await?;

    // What is no secret is found everywhere, so what is one would be.
    let text = program.log()?;
    assert!(text.contains("TRACE"), "everything is logged");
    let known = files_with("Canary key", &data_dir)?;
    assert!(known.contains("/base/") && known.contains("/pg_wal/"), "{known}");
    for (what, canary) in &canaries.0 {
        if let Some(line) = text.lines().find(|line| line.contains(canary)) {
            wrong.push(format!("{what} stands in the log: {line}"));
        }
        let hexadecimal =
            canary.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        for written in [canary, &hexadecimal] {
            let files = files_with(written, &data_dir)?;
            if !files.is_empty() {
                wrong.push(format!("{what} stands in {files}"));
            }
        }
    }
    assert!(wrong.is_empty(), "of {} canaries: {wrong:#?}", canaries.0.len());
    Ok(())
}
