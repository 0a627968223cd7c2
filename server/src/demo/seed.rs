//! Making the demo data, through the operations that people's clicks go through.

use domain::approvals::record::record;
use domain::audit::Origin;
use domain::channels::add::{NewChannel, add};
use domain::ids::{ChannelId, KeyId, UserId};
use domain::keys::create::{NewKey, create};
use domain::keys::disable::disable;
use domain::keys::mint::{Credentials, Minted};
use domain::keys::revoke::revoke;
use domain::keys::text::PlainKey;
use domain::members::{Admin, Role, enter};
use domain::organizations::correct::{Terms, correct};
use domain::organizations::list::tenant;
use domain::organizations::provision::{NewOrganization, provision};
use domain::reps::{self, Rep};
use domain::tenants::import::import;
use domain::tenants::{NewTenant, TenantForm};
use domain::text::Name;
use domain::users::create::{NewUser, create as create_user};
use domain::{Backend, Error, keys};
use sqlx::{ConnectOptions, Connection};
use time::Duration;
use uuid::Uuid;

use super::file::{DemoFile, DemoOrganization, DemoUser};
use super::plan::{EVERYWHERE, Fate, KeyPlan, PLANS, Plan, REP};
use super::usage::{self, UsageKey};
use crate::startup::Database;
use crate::{Failure, Result};

/// Characters of the password: 119 random bits.
const PASSWORD_CHARACTERS: usize = 20;

/// Fills the database. The addresses of the result are still to be set.
pub async fn seed(backend: &Backend, database: &Database) -> Result<DemoFile> {
    let mut people = People::new(backend).await?;
    let everywhere = people.add(EVERYWHERE, "Alex Admin", false).await?;
    let mut file = DemoFile {
        dashboard: String::new(),
        api: String::new(),
        internal: String::new(),
        users: Vec::new(),
        organizations: Vec::new(),
    };
    let mut used = Vec::new();
    let rep = people.add(REP, "Robin Rep", true).await?;
    let rep = reps::enter(backend, rep, Origin::default()).await?;
    for plan in &PLANS {
        let mut members = Vec::new();
        for role in Role::ALL {
            let email = format!("{role}@{}.example", plan.slug);
            members.push((people.add(&email, &person(role), false).await?, role));
            file.users.push(people.entry(&email, role.as_str(), Some(plan.slug)));
        }
        members.push((everywhere, Role::Admin));
        file.organizations.push(organization(backend, &rep, plan, members, &mut used).await?);
    }
    for plan in &PLANS {
        file.users.push(people.entry(EVERYWHERE, Role::Admin.as_str(), Some(plan.slug)));
    }
    file.users.push(people.entry(REP, "rep", None));
    waiting(backend, &rep).await?;
    date_back(database).await?;
    usage::add(backend, &used).await?;
    Ok(file)
}

fn person(role: Role) -> String {
    match role {
        Role::Owner => "Olivia Owner",
        Role::Admin => "Adam Admin",
        Role::Developer => "Devi Developer",
        Role::Viewer => "Vera Viewer",
    }
    .to_owned()
}

/// Everybody has the same password, which is hashed once.
struct People<'a> {
    backend: &'a Backend,
    password: String,
    password_hash: String,
}

impl<'a> People<'a> {
    async fn new(backend: &'a Backend) -> Result<Self> {
        let random = PlainKey::mint("")?;
        let password: String = random.expose().chars().take(PASSWORD_CHARACTERS).collect();
        let password_hash = backend.passwords.hash(password.clone().into()).await?;
        Ok(Self { backend, password, password_hash })
    }

    async fn add(&mut self, email: &str, name: &str, is_rep: bool) -> Result<UserId> {
        let new = NewUser {
            email: email.to_owned(),
            name: name.to_owned(),
            password_hash: self.password_hash.clone(),
            is_rep,
        };
        Ok(create_user(&self.backend.pools, new).await?.id)
    }

    fn entry(&self, email: &str, role: &str, organization: Option<&str>) -> DemoUser {
        DemoUser {
            email: email.to_owned(),
            password: self.password.clone(),
            role: role.to_owned(),
            organization: organization.map(str::to_owned),
        }
    }
}

async fn organization(
    backend: &Backend,
    rep: &Rep,
    plan: &Plan,
    members: Vec<(UserId, Role)>,
    used: &mut Vec<UsageKey>,
) -> Result<DemoOrganization> {
    let (owner, _) = *members.first().ok_or(Error::NotFound)?;
    let new = NewOrganization {
        slug: plan.slug.to_owned(),
        name: plan.name.to_owned(),
        profile: plan.profile.to_owned(),
        external_id: plan.external_id.map(str::to_owned),
        members,
    };
    let organization = provision(backend, new).await?;
    let seen = Terms::of(&tenant(backend, rep, plan.slug).await?);
    let terms = Terms { plan: plan.bought, ..seen.clone() };
    correct(backend, rep, plan.slug, &seen, &terms).await?;
    for approval in plan.approvals {
        record(backend, rep, plan.slug, &approval.parse()?).await?;
    }
    let admin = enter(backend, owner, plan.slug, Origin::default()).await?.admin()?;
    let mut channels = Vec::new();
    for name in plan.channels {
        channels.push(add(backend, &admin, &NewChannel::parse(name, "")?).await?);
    }
    let mut first = None;
    for key in plan.keys {
        let (id, credentials) = add_key(backend, &admin, key, &channels).await?;
        used.push(UsageKey { id, rate: key.rate, fate: key.fate, access: key.access });
        first.get_or_insert(credentials);
    }
    let first = first.ok_or(Error::NotFound)?;
    Ok(DemoOrganization {
        profile: organization.profile,
        slug: organization.slug,
        name: organization.name,
        base_url: String::new(),
        example_url: String::new(),
        api_key: first.key.expose().to_owned(),
        api_secret: first.secret.map(|secret| secret.expose().to_owned()),
        clinic_id: organization.external_id,
    })
}

async fn add_key(
    backend: &Backend,
    admin: &Admin,
    plan: &KeyPlan,
    channels: &[ChannelId],
) -> Result<(KeyId, Credentials)> {
    let new = NewKey {
        name: Name::parse(plan.name).map_err(|rule| Failure::because(plan.name, rule))?,
        channel_id: plan.channel.and_then(|place| channels.get(place).copied()),
        environment: plan.environment,
        access: plan.access,
        lifetime: plan.lifetime.map(Duration::days),
        secret_required: true,
        terms: keys::terms::Terms::default(),
        form_token: Uuid::now_v7(),
    };
    let Minted::Now(id, credentials) = create(backend, admin, &new).await? else {
        return Err(Failure::new("a form token was used twice"));
    };
    match plan.fate {
        Fate::InUse => {}
        Fate::Disabled => disable(backend, admin, id).await?,
        Fate::Revoked => revoke(backend, admin, id).await?,
    }
    Ok((id, credentials))
}

/// One that was provisioned, and whose first owner has not come yet.
async fn waiting(backend: &Backend, rep: &Rep) -> Result<()> {
    let form = TenantForm {
        name: "Harbor Dental".to_owned(),
        profile: "delphos".to_owned(),
        plan: "starter".to_owned(),
        live: "true".to_owned(),
        email: "office@harbor-dental.example".to_owned(),
        ..TenantForm::default()
    };
    let new = NewTenant::parse(&form, &backend.profiles, backend.clock.now().date())?;
    import(backend, rep, &[new]).await?;
    Ok(())
}

/// Everything was made before its usage begins. Events have the time at which they were written,
/// whoever asks: one more in each history says what was dated back. Only a superuser may do so: for
/// others, the keys look as new as they are.
const DATE_BACK: &str = "
    update organizations set created_at = created_at - interval '45 days';
    with channel as (
        update channels set created_at = created_at - interval '40 days' returning *
    )
    insert into audit_events (id, organization_id, actor_kind, actor_user_id, action, target_id, details)
    select gen_random_uuid(), organization_id, 'member', created_by, 'channel.dated_back', id,
           jsonb_build_object('created_at', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD'), 'demo', true)
    from channel;
    with key as (
        update api_keys set created_at = created_at - interval '31 days',
                            issued_at = issued_at - interval '31 days',
                            revoked_at = revoked_at - interval '6 days' returning *
    )
    insert into audit_events (id, organization_id, actor_kind, actor_user_id, action, target_id, details)
    select gen_random_uuid(), organization_id, 'member', created_by, 'key.dated_back', id,
           jsonb_build_object('created_at', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD'),
                              'revoked_at', to_char(revoked_at at time zone 'UTC', 'YYYY-MM-DD'), 'demo', true)
    from key";

async fn date_back(database: &Database) -> Result<()> {
    let failed = |error: sqlx::Error| Failure::from(Error::from(error));
    let mut owner = database.options().connect().await.map_err(failed)?;
    sqlx::raw_sql(DATE_BACK).execute(&mut owner).await.map_err(failed)?;
    owner.close().await.map_err(failed)
}
