//! A vendor with an organization that has everything, and keys of every kind.

use domain::channels::ChannelStatus;
use domain::channels::add::{NewChannel, add};
use domain::channels::change_status::change_status;
use domain::keys::create::NewKey;
use domain::keys::revoke::revoke;
use domain::keys::terms::Terms;
use domain::keys::text::PlainKey;
use domain::keys::{Access, Environment};
use domain::members::Role;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

use crate::support::http::{Answer, Request, post};
use crate::support::server::TestServer;
use crate::support::tenant::{PASSWORD, Tenant, TestKey};
use crate::support::{Result, fail, until};

/// The clinic of NovaMed's documents.
pub const CLINIC: &str = "550e8400-e29b-41d4-a716-446655440000";

/// An organization of this profile with all that the vendor wants on record.
pub async fn tenant(server: &TestServer, profile: &str, number: Option<&str>) -> Result<Tenant> {
    let tenant = server.tenant(profile).await?;
    let mut owner = server.database.owner().await?;
    sqlx::query("update organizations set external_id = $2 where slug = $1")
        .bind(&tenant.slug)
        .bind(number)
        .execute(&mut owner)
        .await?;
    sqlx::query(
        "insert into approvals (organization_id, gate, decided_on, reference, signer, recorded_by)
         select organization_id, gate, current_date, 'R-1', 'S. Signer', user_id
         from members, unnest('{baa,partner_approval}'::text[]) as gate
         where organization_id = (select id from organizations where slug = $1)",
    )
    .bind(&tenant.slug)
    .execute(&mut owner)
    .await?;
    server.backend().directory.catch_up().await;
    Ok(tenant)
}

/// A key of this kind, as documents speak of keys.
pub async fn key(server: &TestServer, tenant: &Tenant, kind: &str) -> Result<TestKey> {
    let new = Tenant::new_key(Access::ReadWrite)?;
    let pair = NewKey { secret_required: true, ..Tenant::new_key(Access::ReadWrite)? };
    let profile = &tenant.admin.organization().profile;
    match kind {
        "good" if profile == "delivr" => tenant.key_of(&pair).await,
        "good" | "older" => tenant.key_of(&new).await,
        "test" => tenant.key_of(&NewKey { environment: Environment::Test, ..new }).await,
        "read" => tenant.key(Access::Read).await,
        "write" => tenant.key(Access::Write).await,
        "revoked" => {
            let key = tenant.key_of(&new).await?;
            revoke(server.backend(), &tenant.admin, key.id).await?;
            Ok(key)
        }
        "unknown" => {
            let prefix = server.backend().profiles.get(profile).ok_or("no profile")?;
            let prefix = prefix.key_prefix(Environment::Live).ok_or("no prefix")?;
            let key = tenant.key_of(&pair).await?;
            Ok(TestKey { text: PlainKey::mint(prefix)?.expose().to_owned(), ..key })
        }
        "wrong secret" => {
            let key = tenant.key_of(&pair).await?;
            Ok(TestKey { secret: "0".repeat(64), ..key })
        }
        "no secret" => Ok(TestKey { secret: String::new(), ..tenant.key_of(&pair).await? }),
        "inactive" => of_channel(server, tenant, ChannelStatus::Inactive).await,
        "suspended" => of_channel(server, tenant, ChannelStatus::Suspended).await,
        "viewer" => acting_as(server, tenant, Role::Viewer).await,
        scope if scope.contains(':') => {
            let terms = Terms { listed: vec![scope.to_owned()], ..Terms::default() };
            tenant.key_of(&NewKey { access: Access::Listed, terms, ..new }).await
        }
        other => fail(format!("there are no keys of the kind {other:?}")),
    }
}

async fn of_channel(
    server: &TestServer,
    tenant: &Tenant,
    status: ChannelStatus,
) -> Result<TestKey> {
    let name = NewChannel::parse(&format!("{status:?}"), "")?;
    let channel = add(server.backend(), &tenant.admin, &name).await?;
    let new = NewKey { channel_id: Some(channel), ..Tenant::new_key(Access::ReadWrite)? };
    let key = tenant.key_of(&new).await?;
    change_status(server.backend(), &tenant.admin, channel, status).await?;
    Ok(key)
}

/// A key whose channel acts as a new member with this role.
pub async fn acting_as(server: &TestServer, tenant: &Tenant, role: Role) -> Result<TestKey> {
    let user = member(server, tenant, role).await?;
    let name = NewChannel::parse(&format!("As {role}"), "")?;
    let channel = add(server.backend(), &tenant.admin, &name).await?;
    let mut owner = server.database.owner().await?;
    sqlx::query("update channels set acting_user_id = $2 where id = $1")
        .bind(channel.0)
        .bind(user)
        .execute(&mut owner)
        .await?;
    server.backend().directory.catch_up().await;
    let new = NewKey { channel_id: Some(channel), ..Tenant::new_key(Access::ReadWrite)? };
    tenant.key_of(&new).await
}

/// What a login of the tenant's admin is answered with.
pub async fn log_in(server: &TestServer, tenant: &Tenant, password: &str) -> Result<Answer> {
    let profile = &tenant.admin.organization().profile;
    let profile = server.backend().profiles.get(profile).ok_or("no such profile")?;
    let path = profile.login_path().ok_or("no login")?;
    let body = json!({ "email": tenant.email, "password": password }).to_string();
    server.api(&post(path, &body).host(&profile.host_of(&tenant.slug))).await
}

/// A token from a login of the tenant's admin.
pub async fn token(server: &TestServer, tenant: &Tenant) -> Result<String> {
    let answer = log_in(server, tenant, PASSWORD).await?.json()?;
    Ok(answer["token"].as_str().ok_or("no token")?.to_owned())
}

/// A new member of this role.
async fn member(server: &TestServer, tenant: &Tenant, role: Role) -> Result<Uuid> {
    let (mut owner, user) = (server.database.owner().await?, Uuid::new_v4());
    sqlx::query("insert into users (id, email, name, password_hash) values ($1, $2, $3, 'unused')")
        .bind(user)
        .bind(format!("{}@{}.example", user.simple(), tenant.slug))
        .bind(format!("Member {role}"))
        .execute(&mut owner)
        .await?;
    sqlx::query("insert into members (organization_id, user_id, role) values ($1, $2, $3)")
        .bind(tenant.admin.organization().id.0)
        .bind(user)
        .bind(role.to_string())
        .execute(&mut owner)
        .await?;
    Ok(user)
}

/// One vendor, one organization of it, one key, and how they are called.
pub struct Caller {
    pub key: TestKey,
    pub host: String,
    pub headers: Vec<(&'static str, &'static str)>,
}

impl Caller {
    /// With all that the vendor asks of requests.
    pub async fn new(server: &TestServer, tenant: &Tenant, kind: &str) -> Result<Self> {
        let organization = tenant.admin.organization();
        let profile =
            server.backend().profiles.get(&organization.profile).ok_or("no such profile")?;
        let environment = if kind == "test" { Environment::Test } else { Environment::Live };
        Ok(Self {
            key: key(server, tenant, kind).await?,
            host: profile.host_for(&tenant.slug, environment),
            headers: vec![
                ("content-type", "application/json"),
                ("accept", "application/json"),
                ("x-project-id", "p1"),
            ],
        })
    }

    pub async fn call(&self, server: &TestServer, request: Request) -> Result<Answer> {
        let request = request.host(&self.host).key(&self.key.text);
        let request = request.header("x-api-secret", &self.key.secret);
        let headers = self.headers.iter();
        server
            .api(&headers.fold(request, |request, (name, value)| request.header(name, value)))
            .await
    }

    /// Without these.
    pub fn without(mut self, names: &[&str]) -> Self {
        self.headers.retain(|(name, _)| !names.contains(name));
        self
    }
}

/// Waits until a key is judged like this, as it is after a change.
pub async fn until_status(
    server: &TestServer,
    caller: &Caller,
    request: Request,
    status: u16,
) -> Result {
    until("the change is known", Duration::from_secs(5), async || {
        Ok(caller.call(server, request.clone()).await?.status == status)
    })
    .await
}
