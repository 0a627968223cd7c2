//! Two organizations, everybody who may call, and fresh things to call about.

use domain::Backend;
use domain::channels::add::{NewChannel, add};
use domain::ids::{KeyId, WebhookId};
use domain::invitations::Written;
use domain::invitations::invite::{InviteForm, NewInvitation, invite};
use domain::keys::create::{NewKey, create};
use domain::keys::disable::disable;
use domain::keys::mint::Minted;
use domain::keys::overlap::Overlap;
use domain::keys::regenerate::regenerate;
use domain::keys::regeneration::Regeneration;
use domain::keys::scream::begin::begin;
use domain::keys::scream::{Length, ScreamForm};
use domain::keys::{Access, Environment};
use domain::members::Role;
use domain::webhooks::add::{Added, NewWebhook, WebhookForm, add as add_webhook};
use server::site::Site;
use sqlx::postgres::PgConnection;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use super::snapshot::Camera;
use crate::support::directory::TestDirectory;
use crate::support::http::{Answer, Request, get};
use crate::support::server::TestServer;
use crate::support::tenant::{PASSWORD, Tenant};
use crate::support::visitor::{Visitor, own_form};
use crate::support::{Result, fail, until};

/// Who calls. The stranger owns another organization and uses the home's address; the borrower is
/// the same person at their own address, with ids of the home's things.
pub const CALLERS: [&str; 8] =
    ["nobody", "viewer", "developer", "admin", "owner", "rep", "stranger", "borrower"];

/// Who may do everything at home: the place among [`CALLERS`].
pub const OWNER: usize = 4;

pub struct Stage {
    pub server: TestServer,
    pub owner: PgConnection,
    pub camera: Camera,
    pub home: Tenant,
    pub home_id: Uuid,
    away: Tenant,
    pub site: Site,
    callers: Vec<Caller>,
    _directory: TestDirectory,
}

/// One of [`CALLERS`].
#[derive(Clone, Debug)]
pub struct Caller {
    pub name: &'static str,
    /// Nobody has none.
    user: Option<(Uuid, String)>,
    /// `name=value` of the session's cookie.
    pub cookie: Option<String>,
}

impl Stage {
    pub async fn set() -> Result<Self> {
        let directory = TestDirectory::make()?;
        let site = Site::find(Some(directory.site()?))?;
        let built = site.clone();
        let server = TestServer::start_as(|config| config.site = built).await?;
        let (home, away) = (server.tenant("clinikapi").await?, server.tenant("clinikapi").await?);
        let mut owner = server.database.owner().await?;
        let mut callers = Vec::with_capacity(CALLERS.len());
        for name in CALLERS {
            let user = match name {
                "nobody" => None,
                _ => Some(Visitor::user(&server, name, name == "rep").await?),
            };
            callers.push(Caller { name, user, cookie: None });
        }
        let camera = Camera::new(&mut owner).await?;
        let home_id = home.admin.organization().id.0;
        let mut stage = Self {
            server,
            owner,
            camera,
            home,
            home_id,
            away,
            site,
            callers,
            _directory: directory,
        };
        // Whoever owns may leave: somebody else owns, too.
        for slug in [stage.home.slug.clone(), stage.away.slug.clone()] {
            let (id, _) = Visitor::user(&stage.server, "founder", false).await?;
            stage.join(&slug, id, Role::Owner).await?;
        }
        for place in 0..CALLERS.len() {
            stage.sign_in(place).await?;
        }
        stage.reset().await?;
        Ok(stage)
    }

    /// Everybody has the role again that their name says.
    pub async fn reset(&mut self) -> Result {
        self.set_status("ACTIVE").await?;
        self.forget_webhooks().await?;
        let (home, away) = (self.home.slug.clone(), self.away.slug.clone());
        for caller in self.callers.clone() {
            let Some((id, _)) = caller.user else { continue };
            match Role::named(caller.name) {
                Some(role) => self.join(&home, id, role).await?,
                None if caller.name != "rep" => self.join(&away, id, Role::Owner).await?,
                None => {}
            }
        }
        Ok(())
    }

    /// An organization has a few at most.
    async fn forget_webhooks(&mut self) -> Result {
        sqlx::query("delete from webhooks").execute(&mut self.owner).await?;
        Ok(())
    }

    async fn set_status(&mut self, status: &str) -> Result {
        sqlx::query("update organizations set status = $2 where id = $1 and status <> $2")
            .bind(self.home_id)
            .bind(status)
            .execute(&mut self.owner)
            .await?;
        Ok(())
    }

    /// The owner's password is everybody's again.
    pub async fn restore_password(&mut self) -> Result {
        let Some((id, _)) = self.callers[OWNER].user else { return Ok(()) };
        sqlx::query(
            "update users set password_hash = (select password_hash from users where email = $2) where id = $1",
        )
        .bind(id)
        .bind(&self.home.email)
        .execute(&mut self.owner)
        .await?;
        Ok(())
    }

    async fn join(&mut self, slug: &str, user: Uuid, role: Role) -> Result {
        sqlx::query(
            "insert into members (organization_id, user_id, role) select id, $2, $3 from organizations where slug = $1
             on conflict (organization_id, user_id) do update set role = excluded.role
             where members.role <> excluded.role",
        )
        .bind(slug)
        .bind(user)
        .bind(role.as_str())
        .execute(&mut self.owner)
        .await?;
        Ok(())
    }

    pub async fn sign_in(&mut self, place: usize) -> Result {
        self.callers[place].cookie = None;
        let Some((_, email)) = self.callers[place].user.clone() else { return Ok(()) };
        let form = self.fill("email={email}&password={password}", place).await?;
        let answer = self.send(place, own_form("/login", &form)).await?;
        if answer.status == 303 { Ok(()) } else { fail(format!("{email}: {answer:?}")) }
    }

    /// Sends it as this caller, who keeps the session that comes back.
    pub async fn send(&mut self, place: usize, request: Request) -> Result<Answer> {
        let request = match &self.callers[place].cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let answer = self.server.dashboard(&request).await?;
        let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        let session = set
            .filter_map(|(_, cookie)| cookie.split(';').next())
            .rfind(|cookie| cookie.starts_with("latchkey_session="));
        if self.callers[place].user.is_some() && session.is_some() {
            self.callers[place].cookie = session.map(str::to_owned);
        }
        Ok(answer)
    }

    /// The request of a row: a look, or its form.
    pub fn request(method: &str, path: &str, form: &str) -> Request {
        let request = if method == "GET" { get(path) } else { own_form(path, form) };
        // Islands ask for JSON, browsers for pages.
        let accept = if path.starts_with("/api/") { "application/json" } else { "text/html,*/*" };
        request.header("accept", accept)
    }

    /// Puts fresh things of the home in place of the names in braces.
    pub async fn fill(&mut self, template: &str, place: usize) -> Result<String> {
        let mut text = template.to_owned();
        while let Some((start, end)) = braces(&text) {
            let value = self.thing(&text[start + 1..end], place).await?;
            text.replace_range(start..=end, &value);
        }
        Ok(text)
    }

    /// A call that is in the log.
    async fn request_id(&mut self) -> Result<String> {
        let key = self.home.key(Access::ReadWrite).await?;
        let call = get("/api/v1/nothing").host("api.clinikapi.com").key(&key.text);
        let answer = self.server.api(&call).await?;
        let Some(id) = answer.header("x-request-id") else { return fail("a call without an id") };
        let id = id.to_owned();
        let owner = &mut self.owner;
        until("the call is in the log", Duration::from_secs(5), async || {
            let logged = "select exists (select from access_log where request_id::text = $1)";
            Ok(sqlx::query_scalar(logged).bind(&id).fetch_one(&mut *owner).await?)
        })
        .await?;
        Ok(id)
    }

    async fn thing(&mut self, name: &str, place: usize) -> Result<String> {
        let unique = Uuid::new_v4().simple().to_string();
        let backend = Arc::clone(self.server.backend());
        Ok(match name {
            "organization" if self.callers[place].name == "borrower" => self.away.slug.clone(),
            "organization" | "slug" => self.home.slug.clone(),
            "step" => "organization".to_owned(),
            "gate" => "baa".to_owned(),
            "away" => self.away.slug.clone(),
            "suspended" => {
                self.set_status("SUSPENDED").await?;
                self.home.slug.clone()
            }
            "home_name" => {
                let name: String =
                    sqlx::query_scalar("select name from organizations where id = $1")
                        .bind(self.home_id)
                        .fetch_one(&mut self.owner)
                        .await?;
                name.replace(' ', "+")
            }
            "key" => self.key(&backend, Environment::Live).await?.to_string(),
            "test_key" => self.key(&backend, Environment::Test).await?.to_string(),
            "disabled_key" => self.disabled_key(&backend, Environment::Live).await?.to_string(),
            "disabled_test_key" => {
                self.disabled_key(&backend, Environment::Test).await?.to_string()
            }
            "tested_key" => self.tested_key(&backend).await?.to_string(),
            "request" => self.request_id().await?,
            "webhook" => self.webhook(&backend).await?.to_string(),
            "disabled_webhook" => {
                let id = self.webhook(&backend).await?;
                domain::webhooks::switch::disable(&backend, &self.home.admin, id).await?;
                id.to_string()
            }
            "sent" => self.sent(&backend).await?,
            "mails_toggled" => {
                let slug = Box::pin(self.thing("organization", place)).await?;
                let on: bool =
                    sqlx::query_scalar("select expiry_mails from organizations where slug = $1")
                        .bind(slug)
                        .fetch_one(&mut self.owner)
                        .await?;
                if on { String::new() } else { "expiry_mails=true".to_owned() }
            }
            "old_text" => self.old_text(&backend).await?,
            "channel" => {
                let new = NewChannel::parse(&unique, "")?;
                add(&backend, &self.home.admin, &new).await?.to_string()
            }
            "user" => self.member(Role::Viewer).await?.to_string(),
            "owner" => self.member(Role::Owner).await?.to_string(),
            "token" => self.letter(&unique).await?.0,
            "invitation" => self.letter(&unique).await?.1.to_string(),
            "new_email" => format!("{unique}%40new.example"),
            "settings_version" => {
                let slug = Box::pin(self.thing("organization", place)).await?;
                let version: i32 = sqlx::query_scalar(
                    "select settings_version from organizations where slug = $1",
                )
                .bind(slug)
                .fetch_one(&mut self.owner)
                .await?;
                version.to_string()
            }
            "unique" => unique,
            // No draft of anybody: who may open drafts finds none.
            "draft" | "form_token" => Uuid::now_v7().to_string(),
            "password" => PASSWORD.replace(' ', "+"),
            "email" => match &self.callers[place].user {
                Some((_, email)) => email.replace('@', "%40"),
                None => self.home.email.replace('@', "%40"),
            },
            "file" => "latchkey.a.js".to_owned(),
            _ => {
                return fail(format!(
                    "{{{name}}} is no thing that stage.rs can make: add it there"
                ));
            }
        })
    }

    async fn key(&mut self, backend: &Backend, environment: Environment) -> Result<KeyId> {
        let new = NewKey { environment, ..Tenant::new_key(Access::ReadWrite)? };
        let Minted::Now(id, _) = create(backend, &self.home.admin, &new).await? else {
            return fail("the key was made before");
        };
        // It was used: its pages and the line that waits for its first use have something to say.
        sqlx::query(
            "insert into key_activity (organization_id, key_id, last_seen_at, last_used_at)
             values ($1, $2, now() + interval '1 minute', now() + interval '1 minute')",
        )
        .bind(self.home_id)
        .bind(id.0)
        .execute(&mut self.owner)
        .await?;
        Ok(id)
    }

    async fn webhook(&mut self, backend: &Backend) -> Result<WebhookId> {
        self.forget_webhooks().await?;
        let form = WebhookForm {
            url: "https://hooks.example/".to_owned(),
            revoked: Some("true".to_owned()),
            form_token: Uuid::now_v7().to_string(),
            ..WebhookForm::default()
        };
        let new = NewWebhook::parse(&form, &backend.webhook_reach)?;
        let Added::Now(id, _) = add_webhook(backend, &self.home.admin, &new).await? else {
            return fail("the webhook was added before");
        };
        Ok(id)
    }

    /// A delivery that was given up: the path to it beneath the notices.
    async fn sent(&mut self, backend: &Backend) -> Result<String> {
        let webhook = self.webhook(backend).await?;
        domain::webhooks::send_test::send_test(backend, &self.home.admin, webhook).await?;
        let delivery: Uuid = sqlx::query_scalar(
            "update notice_deliveries set status = 'FAILED', settled_at = now(), leased_until = null
             where webhook_id = $1 returning id",
        )
        .bind(webhook.0)
        .fetch_one(&mut self.owner)
        .await?;
        Ok(format!("{webhook}/deliveries/{delivery}"))
    }

    async fn disabled_key(&mut self, backend: &Backend, environment: Environment) -> Result<KeyId> {
        let id = self.key(backend, environment).await?;
        disable(backend, &self.home.admin, id).await?;
        Ok(id)
    }

    /// A key that a scream test has refused for a while.
    async fn tested_key(&mut self, backend: &Backend) -> Result<KeyId> {
        let id = self.key(backend, Environment::Live).await?;
        let form = ScreamForm { minutes: "60".to_owned(), ..ScreamForm::default() };
        begin(backend, &self.home.admin, id, Length::parse(&form)?).await?;
        Ok(id)
    }

    /// A key with a former text that still works: the path to that text beneath the keys.
    async fn old_text(&mut self, backend: &Backend) -> Result<String> {
        let key = self.key(backend, Environment::Live).await?;
        let wanted = Regeneration {
            overlap: Overlap::Day,
            leaked: false,
            replaces: String::new(),
            form_token: Uuid::now_v7(),
        };
        regenerate(backend, &self.home.admin, key, &wanted).await?;
        let old: Uuid = sqlx::query_scalar("select id from api_keys where draining_of = $1")
            .bind(key.0)
            .fetch_one(&mut self.owner)
            .await?;
        Ok(format!("{key}/old/{old}"))
    }

    /// A fellow member whom nobody has signed in as.
    async fn member(&mut self, role: Role) -> Result<Uuid> {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into users (id, email, name, password_hash) values ($1, $2, $3, 'none')",
        )
        .bind(id)
        .bind(format!("{id}@people.example"))
        .bind("Somebody")
        .execute(&mut self.owner)
        .await?;
        let slug = self.home.slug.clone();
        self.join(&slug, id, role).await?;
        Ok(id)
    }

    /// The token and the id of an open invitation.
    async fn letter(&mut self, unique: &str) -> Result<(String, Uuid)> {
        let email = format!("{unique}@invited.example");
        let new = NewInvitation::parse(&InviteForm {
            email: email.clone(),
            role: Role::Viewer.as_str().to_owned(),
            form_token: Uuid::now_v7().to_string(),
        })?;
        let (backend, unproved) = (self.server.backend(), Err(domain::Error::ProofNeeded));
        let written = invite(backend, &self.home.admin, &new, unproved).await?;
        let Written::Now(letter) = written else {
            return fail("the letter was written before");
        };
        let id = sqlx::query_scalar("select id from invitations where email = $1")
            .bind(email)
            .fetch_one(&mut self.owner)
            .await?;
        Ok((letter.token.expose().to_owned(), id))
    }
}

/// The first name in braces.
fn braces(text: &str) -> Option<(usize, usize)> {
    let start = text.find('{')?;
    let end = start + text[start..].find('}')?;
    Some((start, end))
}
