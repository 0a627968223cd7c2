//! A new key, with a new channel in the same step where one is asked for.

use serde_json::json;
use sqlx::{Postgres, Transaction};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::approvals;
use crate::audit::{self, Action};
use crate::channels::add::{self, NewChannel};
use crate::error::FieldErrors;
use crate::ids::{ChannelId, KeyId};
use crate::keys::form_token::{made_before, take_token};
use crate::keys::mint::{Credentials, Minted};
use crate::keys::terms::Terms;
use crate::keys::{Access, Environment};
use crate::members::{Admin, Author};
use crate::organizations::KeyPolicy;
use crate::organizations::get_settings::key_policy;
use crate::text::Name;
use crate::{Backend, Error, Result, Rule, database};

/// The days until expiry that the form offers; empty means never.
pub const EXPIRY_CHOICES: [&str; 4] = ["", "30", "90", "365"];

/// What the form's fields hold, as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct KeyForm {
    pub name: String,
    pub channel: String,
    pub environment: String,
    pub access: String,
    pub expires_in_days: String,
    pub secret_required: Option<String>,
    /// One a line.
    pub networks: String,
    pub rate_limit: String,
    pub not_before: String,
    pub form_token: String,
    /// The boxes for scopes that are ticked, by their names.
    #[serde(flatten)]
    pub boxes: BTreeMap<String, String>,
}

/// A key that has been asked for and breaks no rule of the form.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub name: Name,
    pub channel_id: Option<ChannelId>,
    pub environment: Environment,
    pub access: Access,
    pub lifetime: Option<Duration>,
    pub secret_required: bool,
    pub terms: Terms,
    /// Random, made with the form: sending a form twice mints one key.
    pub form_token: Uuid,
}

impl NewKey {
    pub fn parse(form: &KeyForm) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", Name::parse(&form.name));
        let channel = match form.channel.as_str() {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| Rule::NotAChoice),
        };
        let channel = errors.check("channel", channel);
        let environment = errors
            .check("environment", Environment::named(&form.environment).ok_or(Rule::NotAChoice));
        let access = errors.check("access", Access::named(&form.access).ok_or(Rule::NotAChoice));
        let lifetime = errors.check("expires_in_days", parse_lifetime(&form.expires_in_days));
        let token =
            errors.check("form_token", form.form_token.parse().map_err(|_| Rule::NotAChoice));
        let terms = Terms::parse(form, &mut errors);
        match (name, channel, environment, access, lifetime, terms, token) {
            (
                Some(name),
                Some(channel_id),
                Some(environment),
                Some(access),
                Some(lifetime),
                Some(terms),
                Some(form_token),
            ) => {
                let secret_required = form.secret_required.is_some();
                Ok(Self {
                    name,
                    channel_id,
                    environment,
                    access,
                    lifetime,
                    secret_required,
                    terms,
                    form_token,
                })
            }
            _ => Err(errors.into_error()),
        }
    }
}

impl NewKey {
    /// Whether it is what the organization asks of new keys. `has_secret`: keys come in pairs.
    fn obeys(&self, policy: KeyPolicy, has_secret: bool) -> Result<()> {
        let mut errors = FieldErrors::default();
        let in_time = errors.check("expires_in_days", policy.check_lifetime(self.lifetime));
        let secret = policy.check_secret(!has_secret || self.secret_required);
        let secret = errors.check("secret_required", secret);
        let bound = errors.check("networks", policy.check_networks(&self.terms.networks));
        if in_time.and(secret).and(bound).is_some() { Ok(()) } else { Err(errors.into_error()) }
    }
}

fn parse_lifetime(days: &str) -> Result<Option<Duration>, Rule> {
    if !EXPIRY_CHOICES.contains(&days) {
        return Err(Rule::NotAChoice);
    }
    Ok(days.parse().ok().map(Duration::days))
}

/// Mints the key and keeps its digest. Forms race: only one of them mints.
pub async fn create(backend: &Backend, author: &Author, new: &NewKey) -> Result<Minted> {
    author.allows(new.environment)?;
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    let minted = insert(backend, &mut transaction, author, new).await?;
    finish(backend, transaction, author, new, None, minted).await
}

/// Adds a channel and its first key: both, or neither.
pub async fn create_with_channel(
    backend: &Backend,
    admin: &Admin,
    channel: &NewChannel,
    mut new: NewKey,
) -> Result<Minted> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    // The token decides before the channel's name could be found taken by the form's first copy.
    if let Some(key_id) = made_before(&mut transaction, new.form_token).await? {
        return Ok(Minted::Before(key_id));
    }
    let channel_id = match add::insert(&mut transaction, admin, channel).await {
        // A copy of this form that ran at the same moment has the name: say so as such.
        Err(taken) => {
            drop(transaction);
            let mut again =
                database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
            let before = made_before(&mut again, new.form_token).await?;
            return before.map(Minted::Before).ok_or(taken);
        }
        Ok(id) => id,
    };
    new.channel_id = Some(channel_id);
    let minted = insert(backend, &mut transaction, admin, &new).await?;
    finish(backend, transaction, admin, &new, Some((admin, channel, channel_id)), minted).await
}

/// Commits a key that is new, and its new channel; what an earlier copy of the form made stays as
/// it is. Events are written last: others in the organization wait from then on.
async fn finish(
    backend: &Backend,
    mut transaction: Transaction<'static, Postgres>,
    author: &Author,
    new: &NewKey,
    channel: Option<(&Admin, &NewChannel, ChannelId)>,
    minted: Minted,
) -> Result<Minted> {
    let Minted::Now(id, _) = &minted else {
        transaction.rollback().await?;
        return Ok(minted);
    };
    if let Some((admin, channel, id)) = channel {
        add::note(&mut transaction, admin, channel, id).await?;
    }
    note(&mut transaction, author, new, *id).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(minted)
}

/// Puts the new key on record.
pub(crate) async fn note(
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
    new: &NewKey,
    id: KeyId,
) -> Result<()> {
    let details = json!({
        "name": new.name.as_str(),
        "channel_id": new.channel_id,
        "environment": new.environment,
        "scopes": new.scopes(),
        "expires_in_days": new.lifetime.map(Duration::whole_days),
        "networks": new.terms.network_texts(),
        "rate_limit": new.terms.rate_limit,
        "not_before": new.terms.not_before.map(OffsetDateTime::unix_timestamp),
    });
    audit::record(transaction, author, Action::KeyCreated, id.0, details).await
}

/// Mints the key in the caller's transaction, which has still to put it on record.
pub(crate) async fn insert(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
    new: &NewKey,
) -> Result<Minted> {
    let profile = backend.profiles.of(author.organization())?;
    approvals::require(transaction, profile, new.environment).await?;
    new.check(profile, backend.clock.now())?;
    let credentials = Credentials::mint(profile, new.environment)?;
    let policy = key_policy(transaction).await?;
    new.obeys(policy, credentials.secret.is_some())?;
    let id = KeyId::generate();
    insert_row(backend, transaction, author, new, id, &credentials).await?;
    if !take_token(transaction, author, new.form_token, id).await? {
        let before = made_before(transaction, new.form_token).await?;
        return before.map(Minted::Before).ok_or(Error::NotFound);
    }
    Ok(Minted::Now(id, credentials))
}

async fn insert_row(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    author: &Author,
    new: &NewKey,
    id: KeyId,
    credentials: &Credentials,
) -> Result<()> {
    let profile = backend.profiles.of(author.organization())?;
    let kept = credentials.kept(&backend.pepper);
    let expires_at: Option<OffsetDateTime> =
        new.lifetime.map(|lifetime| backend.clock.now() + lifetime);
    sqlx::query!(
        "insert into api_keys (id, organization_id, channel_id, name, environment, scopes, prefix, last_four,
                               digest, pepper_version, secret_digest, secret_required, expires_at, created_by,
                               not_before, allowed_networks, rate_limit)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::text[]::cidr[], $17)",
        id.0,
        author.organization().id.0,
        new.channel_id.map(|channel| channel.0),
        new.name.as_str(),
        new.environment.as_str(),
        &new.scopes(),
        profile.key_prefix(new.environment).unwrap_or_default(),
        kept.last_four,
        kept.digest,
        kept.pepper_version,
        kept.secret_digest,
        new.secret_required && credentials.secret.is_some(),
        expires_at,
        author.user_id().0,
        new.terms.not_before,
        &new.terms.network_texts(),
        new.terms.rate_limit,
    )
    .execute(&mut **transaction)
    .await
    .map_err(|error| match database::violated_constraint(&error) {
        Some("api_keys_organization_id_channel_id_fkey") => {
            Error::invalid("channel", Rule::NotAChoice)
        }
        _ => error.into(),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels;
    use crate::keys::list::{KeyFilter, list};
    use crate::testing::{World, new_key};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    #[sqlx::test(migrations = false)]
    async fn a_form_sent_twenty_times_at_once_mints_one_key(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = Arc::new(world.admin("one", "delphos").await?);
        let new = Arc::new(new_key("Export")?);
        let sent: Vec<_> = (0..20)
            .map(|_| {
                let (backend, admin, new) =
                    (Arc::clone(&world.backend), Arc::clone(&admin), Arc::clone(&new));
                tokio::spawn(async move { create(&backend, &admin, &new).await })
            })
            .collect();
        let mut ids = Vec::new();
        let mut shown = 0;
        for answer in sent {
            match answer.await.map_err(|error| Error::Internal(error.to_string()))?? {
                Minted::Now(id, _) => {
                    shown += 1;
                    ids.push(id);
                }
                Minted::Before(id) => ids.push(id),
            }
        }
        ids.dedup();
        assert_eq!((shown, ids.len()), (1, 1), "shown once, one key for all");
        let (keys, total) = list(&world.backend, &admin, &KeyFilter::default()).await?;
        assert_eq!((keys.len(), total), (1, 1));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_channel_and_its_first_key_come_together(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delivr").await?;
        let channel = NewChannel::parse("Hub", "")?;
        let new = new_key("Hub")?;
        let first = create_with_channel(&world.backend, &admin, &channel, new.clone()).await?;
        let Minted::Now(id, credentials) = first else { panic!("shown before it was made") };
        assert!(credentials.secret.is_some(), "the profile has pairs");
        let again = create_with_channel(&world.backend, &admin, &channel, new).await?;
        assert!(matches!(again, Minted::Before(before) if before == id));
        // Another form with the same name is a mistake, and leaves nothing behind.
        let other = create_with_channel(&world.backend, &admin, &channel, new_key("Hub")?).await;
        assert_eq!(other.map(|_| ()), Err(Error::invalid("name", Rule::Taken)));
        let channels = channels::list::list(&world.backend, &admin).await?;
        assert_eq!(channels.iter().map(|channel| channel.keys).collect::<Vec<_>>(), [1]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn another_organizations_channel_is_no_choice(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (ours, theirs) =
            (world.admin("a", "delphos").await?, world.admin("b", "delphos").await?);
        let channel = add::add(&world.backend, &theirs, &NewChannel::parse("Theirs", "")?).await?;
        let new = NewKey { channel_id: Some(channel), ..new_key("Ours")? };
        let bound = create(&world.backend, &ours, &new).await;
        assert_eq!(bound.map(|_| ()), Err(Error::invalid("channel", Rule::NotAChoice)));
        // The vendor has no test keys.
        let new = NewKey { environment: Environment::Test, ..new_key("Test")? };
        let test = create(&world.backend, &ours, &new).await;
        assert_eq!(test.map(|_| ()), Err(Error::invalid("environment", Rule::NotAChoice)));
        Ok(())
    }

    #[test]
    fn every_broken_field_is_named() {
        let error = NewKey::parse(&KeyForm { channel: "x".into(), ..KeyForm::default() });
        let Err(Error::Invalid(errors)) = error else { panic!("{error:?}") };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "channel", "environment", "access", "form_token"]);
    }
}
