//! For the tests beneath the operations: a real database of their own, and people in it.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::access_log::{Call, Endpoint, Offer, Settings};
use crate::approvals::Gate;
use crate::approvals::record::{ApprovalForm, NewApproval, record as record_approval};
use crate::audit::Origin;
use crate::clock::Clock;
use crate::database::{Pools, SignIn, migrate};
use crate::ids::{KeyId, WebhookId};
use crate::invitations::invite::{InviteForm, NewInvitation, invite};
use crate::invitations::{Letter, Written};
use crate::keys::create::{NewKey, create};
use crate::keys::digest::Pepper;
use crate::keys::mint::{Credentials, Minted};
use crate::keys::overlap::Overlap;
use crate::keys::regeneration::Regeneration;
use crate::keys::terms::Terms;
use crate::keys::{Access, Environment};
use crate::members::{Admin, Member, Role, enter};
use crate::organizations::provision::{NewOrganization, provision};
use crate::profiles::Profiles;
use crate::reps::{self, Rep};
use crate::tenants::TenantForm;
use crate::text::Name;
use crate::usage::Recorder;
use crate::users::create::NewUser;
use crate::verification::{Demand, Verdict};
use crate::webhooks::add::{Added, NewWebhook, WebhookForm};
use crate::{Backend, Error, Result, users, webhooks};

/// A backend on a fresh database.
pub struct World {
    pub backend: Arc<Backend>,
    pub owner: PgConnectOptions,
    /// Stands still until it is set.
    pub clock: Clock,
}

impl World {
    /// Migrates the test's database and signs in to it as the program does.
    pub async fn new(owner: PgConnectOptions) -> Result<Self> {
        migrate::migrate(&owner).await?;
        guard_audit(&owner).await?;
        let pools = Pools::new(&owner, SignIn::AsOwner);
        let clock = Clock::fixed(time::OffsetDateTime::now_utc());
        let pepper = Pepper::new(1, &[7; 32])?;
        let backend = Backend::new(pools, pepper, Profiles::built_in()?, clock.clone());
        Ok(Self { backend: Arc::new(backend), owner, clock })
    }

    /// A new organization with one member of this role.
    pub async fn member(&self, slug: &str, profile: &str, role: Role) -> Result<Member> {
        let user = NewUser {
            email: format!("{role}@{slug}.example"),
            name: format!("{role} of {slug}"),
            password_hash: "unused".to_owned(),
            is_rep: false,
        };
        let user = users::create::create(&self.backend.pools, user).await?;
        let organization = NewOrganization {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            profile: profile.to_owned(),
            external_id: None,
            members: vec![(user.id, role)],
        };
        provision(&self.backend, organization).await?;
        enter(&self.backend, user.id, slug, Origin::default()).await
    }

    /// A new organization's admin.
    pub async fn admin(&self, slug: &str, profile: &str) -> Result<Admin> {
        self.member(slug, profile, Role::Admin).await?.admin()
    }

    /// A new organization's owner.
    pub async fn owner_of(&self, slug: &str) -> Result<Admin> {
        self.member(slug, "delphos", Role::Owner).await?.admin()
    }

    /// One of the vendor's staff.
    pub async fn rep(&self, name: &str) -> Result<Rep> {
        let user = NewUser {
            email: format!("{name}@vendor.example"),
            name: name.to_owned(),
            password_hash: "unused".to_owned(),
            is_rep: true,
        };
        let user = users::create::create(&self.backend.pools, user).await?;
        reps::enter(&self.backend, user.id, Origin::default()).await
    }

    /// Opens a gate for the organization.
    pub async fn approve(&self, rep: &Rep, member: &Member, gate: Gate) -> Result<()> {
        let organization = &member.organization().slug;
        record_approval(&self.backend, rep, organization, &new_approval(gate)?).await
    }

    /// One more member of an organization, invited and joined.
    pub async fn join(&self, admin: &Admin, name: &str, role: Role) -> Result<Member> {
        let slug = &admin.organization().slug;
        let user = NewUser {
            email: format!("{name}.joined@{slug}.example"),
            name: name.to_owned(),
            password_hash: "unused".to_owned(),
            is_rep: false,
        };
        let user = users::create::create(&self.backend.pools, user).await?;
        let letter = self.letter(admin, &user.email, role).await?;
        self.take(&letter, &user).await?;
        enter(&self.backend, user.id, slug, Origin::default()).await
    }

    /// The user follows the letter's link.
    pub async fn take(&self, letter: &Letter, user: &users::User) -> Result<()> {
        let origin = Origin::default();
        let accepted =
            crate::invitations::accept::accept(&self.backend, &letter.token, user, origin);
        accepted.await?.map(|_| ()).ok_or(Error::NotFound)
    }

    /// The letter of a new invitation.
    pub async fn letter(&self, admin: &Admin, email: &str, role: Role) -> Result<Letter> {
        match invite(&self.backend, admin, &new_invitation(email, role)?, fresh()).await? {
            Written::Now(letter) => Ok(letter),
            Written::Before => Err(Error::Internal("a fresh form was taken for an old one".into())),
        }
    }

    /// A call with this key at this moment of the world's clock, as the log will have it.
    pub fn call(&self, credentials: &Credentials, path: &str, ip: &str, status: u16) -> uuid::Uuid {
        let key = Some(credentials.key.expose().as_bytes());
        let presented = crate::verification::Presented { key, secret: None };
        let verdict = crate::verification::verify(&self.backend, presented, Demand::default());
        let (key, reason) = match &verdict {
            Verdict::Accepted(key) => (key, None),
            Verdict::Refused(reason, Some(key)) => (key, Some(*reason)),
            Verdict::Refused(reason, None) => panic!("the key is not known: {reason:?}"),
        };
        let at_ms = self.clock.now_ms();
        let request_id = self.backend.access_log.request_id(at_ms);
        let call = Call {
            request_id,
            at_ms,
            key,
            method: "GET",
            endpoint: Endpoint::Other,
            path,
            status,
            reason,
            duration_us: 1_500,
            ip: ip.parse().ok(),
            user_agent: Some(b"test/1.0"),
            datastore: None,
            prefixes: [None, None],
        };
        let offer = self.backend.access_log.offer(&call, Settings::default(), "node");
        assert!(matches!(offer, Offer::Done));
        request_id
    }

    /// Writes the access log as the program does when it stops.
    pub async fn write_log(&self) {
        let (_stop, stopping) = tokio::sync::watch::channel(true);
        crate::access_log::write::write_until(Arc::clone(&self.backend), 30, stopping).await;
    }

    /// What the organization's log says was done, in order.
    pub async fn actions(&self, member: &Member) -> Result<Vec<String>> {
        let mut transaction =
            crate::database::tenant::begin(&self.backend.pools.app, member.organization().id)
                .await?;
        let actions = sqlx::query_scalar!("select action from audit_events order by at, id")
            .fetch_all(&mut *transaction)
            .await?;
        Ok(actions)
    }

    /// A new webhook that wants everything.
    pub async fn webhook(&self, admin: &Admin) -> Result<WebhookId> {
        let form = webhook_form("https://hooks.example/");
        let new = NewWebhook::parse(&form, &self.backend.webhook_reach)?;
        match webhooks::add::add(&self.backend, admin, &new).await? {
            Added::Now(id, _) => Ok(id),
            Added::Before => Err(Error::Internal("a fresh form was taken for an old one".into())),
        }
    }

    /// A new key that may do everything.
    pub async fn key(&self, admin: &Admin, name: &str) -> Result<(KeyId, Credentials)> {
        match create(&self.backend, admin, &new_key(name)?).await? {
            Minted::Now(id, credentials) => Ok((id, credentials)),
            Minted::Before(_) => {
                Err(Error::Internal("a fresh form was taken for an old one".into()))
            }
        }
    }

    /// Before anything else holds the backend.
    pub fn set_clock(&mut self, clock: Clock) {
        match Arc::get_mut(&mut self.backend) {
            Some(backend) => backend.clock = clock,
            None => panic!("the backend is in use"),
        }
    }

    /// Before anything else holds the backend.
    pub fn set_recorder(&mut self, recorder: Recorder) {
        match Arc::get_mut(&mut self.backend) {
            Some(backend) => backend.recorder = recorder,
            None => panic!("the backend is in use"),
        }
    }

    /// It is `now`, and the database has been heard from.
    pub async fn pass_to(&self, now: time::OffsetDateTime) {
        self.clock.set(now);
        self.backend.directory.catch_up().await;
    }

    /// Starts following the database and waits until everything is loaded.
    pub async fn follow(&self) {
        tokio::spawn(crate::directory::follow::follow(Arc::clone(&self.backend)));
        eventually(|| self.backend.directory.is_loaded()).await;
    }
}

/// Lets no transaction of an organization's people commit that changed something of theirs and
/// wrote no event: so every test of an operation tests that, too. Tables that hold no decisions of
/// anybody are left out.
async fn guard_audit(owner: &PgConnectOptions) -> Result<()> {
    let mut owner = owner.connect().await?;
    sqlx::raw_sql(
        "create function app.guard_audit() returns trigger language plpgsql as $$
         begin
             -- Apart, because other roles may not even ask.
             if current_user = 'latchkey_app' then
                 if not exists (select from audit_events where xmin = pg_current_xact_id()::xid) then
                     raise exception '% changed without an audit event', tg_table_name;
                 end if;
             end if;
             return null;
         end $$;
         do $$
         declare
             name text;
         begin
             for name in
                 select distinct columns.table_name
                 from information_schema.columns join information_schema.tables using (table_schema, table_name)
                 where table_schema = 'public' and table_type = 'BASE TABLE'
                   and (column_name = 'organization_id' or columns.table_name = 'organizations')
                   and columns.table_name not in ('audit_events', 'audit_heads', 'usage_minutes',
                                                  'usage_hours', 'usage_days', 'usage_endpoints',
                                                  'usage_organization_minutes', 'usage_organization_hours',
                                                  'usage_organization_days', 'usage_organization_endpoints',
                                                  'key_activity', 'access_log', 'access_log_gaps',
                                                  'notices', 'notice_deliveries')
             loop
                 execute format('create constraint trigger guard_audit after insert or update or delete on %I
                                 deferrable initially deferred for each row execute function app.guard_audit()',
                                name);
             end loop;
         end $$",
    )
    .execute(&mut owner)
    .await?;
    owner.close().await?;
    Ok(())
}

/// A webhook for all events as the form asks for it, with a token of its own.
pub fn webhook_form(url: &str) -> WebhookForm {
    let ticked = || Some("true".to_owned());
    WebhookForm {
        url: url.to_owned(),
        expiring: ticked(),
        expired: ticked(),
        revoked: ticked(),
        regenerated: ticked(),
        form_token: uuid::Uuid::now_v7().to_string(),
    }
}

/// Somebody who has just given their password.
pub fn fresh() -> Result<crate::users::Fresh> {
    crate::users::Fresh::since(0, 0)
}

/// A key as the form asks for it, with a token of its own.
pub fn new_key(name: &str) -> Result<NewKey> {
    Ok(NewKey {
        name: Name::parse(name).map_err(|rule| Error::invalid("name", rule))?,
        channel_id: None,
        environment: Environment::Live,
        access: Access::ReadWrite,
        lifetime: None,
        secret_required: false,
        terms: Terms::default(),
        form_token: uuid::Uuid::now_v7(),
    })
}

/// A new organization as its form is filled in.
pub fn tenant_form(slug: &str, profile: &str) -> TenantForm {
    TenantForm {
        name: slug.to_owned(),
        slug: slug.to_owned(),
        profile: profile.to_owned(),
        plan: "pro".to_owned(),
        live: "true".to_owned(),
        email: format!("first@{slug}.example"),
        ..TenantForm::default()
    }
}

/// An approval as the form records it.
pub fn new_approval(gate: Gate) -> Result<NewApproval> {
    NewApproval::parse(&ApprovalForm {
        gate: gate.as_str().to_owned(),
        decided_on: "2026-01-31".to_owned(),
        reference: "Contract 17".to_owned(),
        signer: "Dr. Sign".to_owned(),
        seen: String::new(),
    })
}

/// A regeneration as the key's page of this moment asks for it, with a token of its own.
pub async fn regeneration(
    backend: &Backend,
    member: &Member,
    key: KeyId,
    overlap: Overlap,
) -> Result<Regeneration> {
    let key = crate::keys::get::get(backend, member, key).await?;
    Ok(Regeneration {
        overlap,
        leaked: false,
        replaces: key.last_four().to_owned(),
        form_token: uuid::Uuid::now_v7(),
    })
}

/// An invitation as the form asks for it, with a token of its own.
pub fn new_invitation(email: &str, role: Role) -> Result<NewInvitation> {
    NewInvitation::parse(&InviteForm {
        email: email.to_owned(),
        role: role.as_str().to_owned(),
        form_token: uuid::Uuid::now_v7().to_string(),
    })
}

/// Waits until it holds, ten seconds at most.
pub async fn eventually(holds: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within ten seconds");
}

/// A directory that is there for as long as this lives.
pub struct Directory(PathBuf);

impl Directory {
    pub fn make() -> Self {
        let name = format!("latchkey-domain-{}", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        assert!(std::fs::create_dir(&path).is_ok(), "{} cannot be made", path.display());
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
