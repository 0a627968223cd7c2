//! A login: a person's address and password for a token.

use secrecy::SecretString;
use serde_json::json;
use sqlx::{Postgres, Transaction};

use super::token;
use crate::audit::{self, Action, Origin};
use crate::ids::{ChannelId, KeyId};
use crate::keys::{Environment, KeyStatus};
use crate::members::{Author, enter, list_for_user};
use crate::organizations::get_settings::key_policy;
use crate::profiles::{Login, Profile};
use crate::users::authenticate::{Passed, authenticate};
use crate::{Backend, Error, Result, database};

/// What lists show in the place of a key's beginning. `app.is_login` knows logins by it.
const PREFIX: &str = "login";
/// How much of an address goes into a name.
const ADDRESS_MAX: usize = 60;

/// What a program sends.
#[derive(Debug)]
pub struct Asked {
    pub email: String,
    pub password: SecretString,
    /// The organization's slug, for people who belong to several of this vendor.
    pub organization: Option<String>,
}

/// What comes of it.
#[derive(Debug)]
pub enum LoggedIn {
    Token(String),
    /// Why, the program is not told: the address, the password, or what the person may do.
    Refused,
    /// The person belongs to several organizations, and none was named.
    WhichOrganization,
}

/// Gives a token to whoever knows the password of somebody who may make such keys; the first time,
/// a key is made that stands for this person's logins. [`Error::RateLimited`] after too many failures.
pub async fn log_in(
    backend: &Backend,
    profile: &Profile,
    login: &Login,
    asked: Asked,
    origin: Origin,
) -> Result<LoggedIn> {
    let passed = authenticate(backend, &asked.email, asked.password, &origin).await?;
    // Who uses a second factor wants more than a password to be asked for.
    let Some(Passed::In(person)) = passed else { return Ok(LoggedIn::Refused) };
    let mut slugs = list_for_user(backend, person.user_id).await?;
    slugs.retain(|one| {
        one.profile == profile.name
            && asked.organization.as_ref().is_none_or(|slug| *slug == one.slug)
    });
    let slug = match &*slugs {
        [] => return Ok(LoggedIn::Refused),
        [one] => &one.slug,
        _ => return Ok(LoggedIn::WhichOrganization),
    };
    let Some(environment) = profile.environments().next() else { return Ok(LoggedIn::Refused) };
    let member = match enter(backend, person.user_id, slug, origin).await {
        Err(Error::NotFound | Error::SecondFactorNeeded) => return Ok(LoggedIn::Refused),
        member => member?,
    };
    // What a token opens, a key would: whoever may not make one gets no token either.
    let author = match member.author() {
        Ok(author) if member.may_author(environment) => author,
        _ => return Ok(LoggedIn::Refused),
    };
    let Some(key) = key_for(backend, &author, environment, &asked.email).await? else {
        return Ok(LoggedIn::Refused);
    };
    // The key may be new, and so may the password: what opens the door here has to be known here.
    backend.directory.catch_up().await;
    let key = (key, person.epoch);
    token::sign(&backend.pepper, key, backend.clock.now(), login.lifetime_s).map(LoggedIn::Token)
}

/// The key that stands for the person's logins; none where it is not to be used any more, or where
/// the organization asks more of its keys than a login gives.
async fn key_for(
    backend: &Backend,
    author: &Author,
    environment: Environment,
    email: &str,
) -> Result<Option<KeyId>> {
    let organization = author.organization().id;
    let mut transaction = database::tenant::begin(&backend.pools.app, organization).await?;
    let policy = key_policy(&mut transaction).await?;
    if policy.secret_required || policy.networks_required || policy.days_max.is_some() {
        return Ok(None);
    }
    match standing(backend, &mut transaction, author).await? {
        Standing::Good(key) => return Ok(Some(key)),
        Standing::Ended => return Ok(None),
        Standing::New => {}
    }
    let address: String = email.trim().to_lowercase().chars().take(ADDRESS_MAX).collect();
    let key = KeyId::generate();
    let name = format!("Legacy login of {address}");
    let channel = match add_channel(&mut transaction, author, &name).await? {
        Some(channel) => channel,
        // Another login was first, or somebody has named a channel like this.
        None => match standing(backend, &mut transaction, author).await? {
            Standing::Good(key) => return Ok(Some(key)),
            Standing::Ended => return Ok(None),
            Standing::New => {
                let other = format!("{name} ({})", last_four(key));
                let channel = add_channel(&mut transaction, author, &other).await?;
                channel.ok_or(Error::Conflict("There is a channel of this name."))?
            }
        },
    };
    add_key(backend, &mut transaction, author, (key, channel, environment), &name).await?;
    let details = json!({ "name": name, "acting_user_id": author.user_id() });
    audit::record(&mut transaction, author, Action::ChannelAdded, channel.0, details).await?;
    let details = json!({
        "name": name,
        "channel_id": channel,
        "environment": environment.as_str(),
        "scopes": ["*"],
        "login": true,
    });
    audit::record(&mut transaction, author, Action::KeyCreated, key.0, details).await?;
    transaction.commit().await?;
    Ok(Some(key))
}

/// Whether there is a key already that stands for the person's logins.
enum Standing {
    New,
    Good(KeyId),
    /// There is one that is not to be used.
    Ended,
}

async fn standing(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
) -> Result<Standing> {
    let row = sqlx::query!(
        r#"select api_keys.id, api_keys.status, digest,
                  coalesce(acting_user_id = login_user_id, false) as "acts_as_them!"
           from api_keys left join channels on channels.id = channel_id
           where login_user_id = $1"#,
        author.user_id().0,
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(row) = row else { return Ok(Standing::New) };
    let id = KeyId(row.id);
    // A key with a digest of another kind has a text, and is an ordinary one.
    let is_ours = row.digest == backend.pepper.digest_of_login(id).0;
    let is_active = KeyStatus::named(&row.status) == Some(KeyStatus::Active);
    Ok(if is_ours && is_active && row.acts_as_them { Standing::Good(id) } else { Standing::Ended })
}

/// A channel that acts as the person: who leaves the organization, whose logins open nothing.
async fn add_channel(
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
    name: &str,
) -> Result<Option<ChannelId>> {
    let id = sqlx::query_scalar!(
        "insert into channels (id, organization_id, name, acting_user_id, created_by)
         values ($1, $2, $3, $4, $4) on conflict (organization_id, name) do nothing returning id",
        ChannelId::generate().0,
        author.organization().id.0,
        name,
        author.user_id().0,
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(id.map(ChannelId))
}

async fn add_key(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
    (id, channel, environment): (KeyId, ChannelId, Environment),
    name: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into api_keys (id, organization_id, channel_id, name, environment, scopes, prefix, last_four,
                               digest, pepper_version, created_by, login_user_id)
         values ($1, $2, $3, $4, $5, '{*}', $6, $7, $8, $9, $10, $10)",
        id.0,
        author.organization().id.0,
        channel.0,
        name,
        environment.as_str(),
        PREFIX,
        last_four(id),
        &backend.pepper.digest_of_login(id).0,
        backend.pepper.version,
        author.user_id().0,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Of its id, for want of a text.
fn last_four(key: KeyId) -> String {
    let id = key.0.simple().to_string();
    id[id.len() - 4..].to_owned()
}

#[cfg(test)]
mod tests;
