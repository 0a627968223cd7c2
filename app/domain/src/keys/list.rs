//! An organization's keys.

use time::Duration;

use super::attention::{Attention, expiring_until, unused_since};
use crate::channels::ChannelStatus;
use crate::ids::{ChannelId, KeyId, OrganizationId};
use crate::keys::{Access, Environment, Key, KeyChannel, KeyStatus, is_listed};
use crate::members::Member;
use crate::organizations::list::tenant;
use crate::profiles::Profile;
use crate::reps::Rep;
use crate::{Backend, Error, Result, database};

/// Keys a page.
pub const PAGE_SIZE: i64 = 50;

/// Which keys are wanted; the default wants all.
#[derive(Clone, Debug, Default)]
pub struct KeyFilter {
    pub id: Option<KeyId>,
    pub channel_id: Option<ChannelId>,
    pub state: Option<KeyState>,
    pub attention: Option<Attention>,
    /// Part of the name, or the last four characters.
    pub text: String,
    /// From 1.
    pub page: u32,
}

/// The states that lists tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Accepted.
    Active,
    Disabled,
    Revoked,
    /// Past its time, and not revoked.
    Expired,
    /// Kept from being accepted by its channel only.
    ChannelOff,
    /// Stands for somebody's logins by password, in whatever state it is.
    LegacyLogin,
}

impl KeyState {
    pub const ALL: [Self; 6] = [
        Self::Active,
        Self::Disabled,
        Self::Revoked,
        Self::Expired,
        Self::ChannelOff,
        Self::LegacyLogin,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::ChannelOff => "channel_off",
            Self::LegacyLogin => "legacy_login",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// One page of keys, newest first, and how many there are in all. Former texts are no keys of
/// their own: they stand on their key's page.
pub async fn list(
    backend: &Backend,
    member: &Member,
    filter: &KeyFilter,
) -> Result<(Vec<Key>, i64)> {
    let pairs = backend.profiles.of(member.organization())?.has_secrets();
    list_in(backend, member.organization().id, pairs, filter).await
}

/// The same for a rep, of one of the tenants.
pub async fn list_by_rep(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    filter: &KeyFilter,
) -> Result<(Vec<Key>, i64)> {
    let tenant = tenant(backend, rep, slug).await?;
    let pairs = backend.profiles.get(&tenant.profile).is_some_and(Profile::has_secrets);
    list_in(backend, tenant.id, pairs, filter).await
}

async fn list_in(
    backend: &Backend,
    organization: OrganizationId,
    pairs: bool,
    filter: &KeyFilter,
) -> Result<(Vec<Key>, i64)> {
    let now = backend.clock.now();
    let day_ago: time::OffsetDateTime = now - Duration::HOUR * 24;
    let mut transaction = database::tenant::begin(&backend.pools.app, organization).await?;
    let rows = sqlx::query!(
        r#"select api_keys.id, api_keys.name, app.is_login(login_user_id, prefix) as "is_login!", prefix, last_four,
                  environment, scopes, api_keys.status,
                  secret_digest is not null as "has_secret!", secret_required, api_keys.created_at, issued_at,
                  expires_at, revoked_at, revoked_reason, not_before, rate_limit, scream_until,
                  allowed_networks::text[] as "networks!", channel_id, channels.name as "channel_name?", channels.status as "channel_status?",
                  users.name as "created_by?", last_used_at as "last_used_at?",
                  (select coalesce(sum(requests), 0)::bigint from usage_hours
                   where key_id = api_keys.id and hour > $1) as "requests!",
                  count(*) over () as "total!"
           from api_keys
           left join channels on channels.id = channel_id
           left join users on users.id = api_keys.created_by
           left join key_activity on key_activity.key_id = api_keys.id
           where draining_of is null
             and ($2::uuid is null or api_keys.id = $2)
             and ($3::uuid is null or channel_id = $3)
             and ($4 = '' or strpos(lower(api_keys.name), lower($4)) > 0 or last_four = $4)
             and ($5::text is null
                  or ($5 = 'legacy_login' and app.is_login(login_user_id, prefix))
                  or $5 = case when api_keys.status = 'REVOKED' then 'revoked'
                               when expires_at <= $6 then 'expired'
                               when api_keys.status = 'DISABLED' or scream_until > $6 then 'disabled'
                               when channels.status <> 'ACTIVE' then 'channel_off'
                               else 'active' end)
             and ($9::text is null
                  or (api_keys.status = 'ACTIVE' and coalesce(expires_at > $6, true)
                      and case $9 when 'unused' then greatest(issued_at, coalesce(last_used_at, issued_at)) <= $10
                                  when 'expiring' then expires_at <= $11
                                  else $12 and not secret_required and not app.is_login(login_user_id, prefix) end))
           order by api_keys.created_at desc, api_keys.id
           limit $7 offset $8"#,
        day_ago,
        filter.id.map(|id| id.0),
        filter.channel_id.map(|id| id.0),
        filter.text.trim(),
        filter.state.map(KeyState::as_str),
        now,
        PAGE_SIZE,
        i64::from(filter.page.saturating_sub(1)) * PAGE_SIZE,
        filter.attention.map(Attention::as_str),
        unused_since(now),
        expiring_until(now),
        pairs,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let total = rows.first().map_or(0, |row| row.total);
    let keys = rows.into_iter().map(|row| {
        Ok(Key {
            id: KeyId(row.id),
            name: row.name,
            is_login: row.is_login,
            hint: format!("{}…{}", row.prefix, row.last_four),
            channel: match (row.channel_id, row.channel_name, row.channel_status) {
                (Some(id), Some(name), Some(status)) => Some(KeyChannel {
                    id: ChannelId(id),
                    name,
                    status: ChannelStatus::named(&status).ok_or_else(|| unknown("channel"))?,
                }),
                _ => None,
            },
            environment: Environment::named(&row.environment)
                .ok_or_else(|| unknown("environment"))?,
            access: Access::of_scopes(&row.scopes).ok_or_else(|| unknown("scope"))?,
            listed: row.scopes.into_iter().filter(|scope| is_listed(scope)).collect(),
            networks: row.networks,
            rate_limit: row.rate_limit,
            not_before: row.not_before,
            early: row.not_before.is_some_and(|at| at > now),
            status: KeyStatus::named(&row.status).ok_or_else(|| unknown("status"))?,
            screams_until: row.scream_until.filter(|until| *until > now),
            expired: row.expires_at.is_some_and(|at| at <= now),
            has_secret: row.has_secret,
            secret_required: row.secret_required,
            created_at: row.created_at,
            created_by: row.created_by.unwrap_or_else(|| "a former member".to_owned()),
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            revoked_reason: row.revoked_reason,
            last_used_at: row.last_used_at,
            requests_24h: row.requests,
        })
    });
    Ok((keys.collect::<Result<_>>()?, total))
}

fn unknown(what: &str) -> Error {
    Error::Internal(format!("an api_keys row has an unknown {what}"))
}
