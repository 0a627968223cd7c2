//! The check itself: memory only, no database, no allocation, no lock.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use subtle::ConstantTimeEq;

use crate::Backend;
use crate::channels::ChannelStatus;
use crate::directory::{ChannelState, KeyRecord};
use crate::keys::text::is_well_formed;
use crate::keys::{Access, KeyStatus};
use crate::profiles::Profile;
use crate::verification::{Outcome, Reason};

/// What a program shows.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    pub key: Option<&'a [u8]>,
    /// The second half of a pair.
    pub secret: Option<&'a [u8]>,
}

impl std::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presented")
            .field("key", &self.key.map(|_| "…"))
            .field("secret", &self.secret.map(|_| "…"))
            .finish()
    }
}

/// What the request needs from the key. The default asks for nothing in particular.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand<'a> {
    /// The profile whose address was called; without one, any profile's key will do.
    pub profile: Option<&'a Profile>,
    /// The organization whose address was called.
    pub slug: Option<&'a str>,
    pub read: bool,
    pub write: bool,
}

/// What an accepted key is allowed to be.
pub type Grant = Arc<KeyRecord>;

/// The answer to what was presented.
#[derive(Clone, Debug)]
pub enum Verdict {
    Accepted(Grant),
    /// With the key where it was recognized, so that its owner can be told.
    Refused(Reason, Option<Grant>),
}

impl Verdict {
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Accepted(_) => Outcome::Accepted,
            Self::Refused(reason, _) => Outcome::Refused(*reason),
        }
    }
}

/// Judges what was presented and counts the outcome on the key, when there is one.
pub fn verify(backend: &Backend, presented: Presented<'_>, demand: Demand<'_>) -> Verdict {
    let now_ms = backend.clock.now_ms();
    let record = match recognize(backend, presented.key, demand.profile) {
        Ok(record) => record,
        Err(reason) => return Verdict::Refused(reason, None),
    };
    let verdict = match judge(backend, &record, presented.secret, demand, now_ms) {
        None => Verdict::Accepted(record),
        Some(reason) => Verdict::Refused(reason, Some(record)),
    };
    if let Verdict::Accepted(record) | Verdict::Refused(_, Some(record)) = &verdict {
        backend.recorder.count(record, verdict.outcome(), now_ms);
    }
    verdict
}

fn recognize(
    backend: &Backend,
    key: Option<&[u8]>,
    profile: Option<&Profile>,
) -> Result<Grant, Reason> {
    if backend.directory.is_stale(backend.clock.elapsed_ms()) {
        return Err(Reason::Stale);
    }
    let key = key.filter(|key| !key.is_empty()).ok_or(Reason::Missing)?;
    let well_formed = match profile {
        Some(profile) => profile.key_prefixes().any(|prefix| is_well_formed(key, prefix)),
        None => backend.profiles.key_prefixes().any(|prefix| is_well_formed(key, prefix)),
    };
    if !well_formed {
        return Err(Reason::Malformed);
    }
    backend.directory.find(&backend.pepper.digest(key)).ok_or(Reason::Unknown)
}

fn judge(
    backend: &Backend,
    record: &KeyRecord,
    secret: Option<&[u8]>,
    demand: Demand<'_>,
    now_ms: i64,
) -> Option<Reason> {
    let organization = &record.organization;
    if demand.profile.is_some_and(|profile| *profile.name != *organization.profile)
        || demand.slug.is_some_and(|slug| *slug != *organization.slug)
    {
        return Some(Reason::WrongTenant);
    }
    secret_refusal(backend, record, secret)
        .or_else(|| key_refusal(record, now_ms))
        .or_else(|| {
            (!organization.active.load(Ordering::Acquire)).then_some(Reason::OrganizationSuspended)
        })
        .or_else(|| record.channel.as_deref().and_then(channel_refusal))
        .or_else(|| scope_refusal(record.access, demand))
}

fn secret_refusal(backend: &Backend, record: &KeyRecord, secret: Option<&[u8]>) -> Option<Reason> {
    let kept = record.secret_digest?;
    match secret.filter(|secret| !secret.is_empty()) {
        Some(secret) => {
            let same: bool = backend.pepper.digest(secret).0.ct_eq(&kept.0).into();
            (!same).then_some(Reason::WrongSecret)
        }
        None => record.secret_required.then_some(Reason::SecretRequired),
    }
}

fn key_refusal(record: &KeyRecord, now_ms: i64) -> Option<Reason> {
    match record.status {
        KeyStatus::Revoked => Some(Reason::Revoked),
        KeyStatus::Disabled => Some(Reason::Disabled),
        KeyStatus::Active => (record.expires_at_ms <= now_ms).then_some(Reason::Expired),
    }
}

fn channel_refusal(channel: &ChannelState) -> Option<Reason> {
    match channel.status() {
        ChannelStatus::Active => None,
        ChannelStatus::Inactive => Some(Reason::ChannelInactive),
        ChannelStatus::Suspended => Some(Reason::ChannelSuspended),
    }
}

fn scope_refusal(access: Access, demand: Demand<'_>) -> Option<Reason> {
    let refused = (demand.read && !access.may_read()) || (demand.write && !access.may_write());
    refused.then_some(Reason::OutOfScope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;
    use crate::channels::add::{NewChannel, add};
    use crate::channels::change_status::change_status;
    use crate::clock::Clock;
    use crate::keys::create::{NewKey, create};
    use crate::keys::mint::{Credentials, Minted};
    use crate::keys::{disable::disable, revoke::revoke};
    use crate::testing::{World, eventually, new_key};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    fn reason(
        backend: &Backend,
        key: &str,
        secret: Option<&str>,
        demand: Demand<'_>,
    ) -> &'static str {
        let presented = Presented { key: Some(key.as_bytes()), secret: secret.map(str::as_bytes) };
        verify(backend, presented, demand).outcome().as_str()
    }

    async fn minted(
        world: &World,
        admin: &crate::members::Admin,
        new: NewKey,
    ) -> Result<Credentials> {
        match create(&world.backend, admin, &new).await? {
            Minted::Now(_, credentials) => Ok(credentials),
            Minted::Before(_) => panic!("shown before it was made"),
        }
    }

    #[sqlx::test(migrations = false)]
    async fn every_reason_has_its_case(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let missing = verify(backend, Presented::default(), Demand::default()).outcome();
        assert_eq!(missing.as_str(), "stale", "nobody is let in before the first load");

        let admin = world.admin("one", "delphos").await?;
        let (active, _) = world.key(&admin, "active").await?;
        let (disabled, of_disabled) = world.key(&admin, "disabled").await?;
        let (revoked, of_revoked) = world.key(&admin, "revoked").await?;
        let channel = add(backend, &admin, &NewChannel::parse("Hub", "")?).await?;
        let in_channel =
            minted(&world, &admin, NewKey { channel_id: Some(channel), ..new_key("hub")? }).await?;
        let reader =
            minted(&world, &admin, NewKey { access: Access::Read, ..new_key("reader")? }).await?;
        disable(backend, &admin, disabled).await?;
        revoke(backend, &admin, revoked).await?;
        world.follow().await;
        assert_eq!(backend.directory.len(), 5);

        let said = |credentials: &Credentials, demand| {
            reason(backend, credentials.key.expose(), None, demand)
        };
        let forged = crate::keys::text::PlainKey::mint("dph_live_")?;
        let any = Demand::default();
        let missing = verify(backend, Presented::default(), any).outcome();
        assert_eq!(missing.as_str(), "missing");
        assert_eq!(reason(backend, "", None, any), "missing");
        assert_eq!(reason(backend, "dph_live_short", None, any), "malformed");
        assert_eq!(reason(backend, forged.expose(), None, any), "unknown");
        assert_eq!(said(&of_disabled, any), "disabled");
        assert_eq!(said(&of_revoked, any), "revoked");
        assert_eq!(said(&in_channel, any), "accepted");
        assert_eq!(said(&reader, Demand { read: true, ..any }), "accepted");
        assert_eq!(said(&reader, Demand { write: true, ..any }), "out_of_scope");
        let elsewhere = Demand { slug: Some("two"), ..any };
        assert_eq!(said(&reader, elsewhere), "wrong_tenant");
        let profile = backend.profiles.get("clinikapi");
        assert_eq!(said(&reader, Demand { profile, ..any }), "malformed");

        for (status, expected) in [
            (ChannelStatus::Inactive, "channel_inactive"),
            (ChannelStatus::Suspended, "channel_suspended"),
            (ChannelStatus::Active, "accepted"),
        ] {
            change_status(backend, &admin, channel, status).await?;
            eventually(|| said(&in_channel, any) == expected).await;
        }
        // Suspending an organization changes one row, and every key of it is refused.
        let mut connection = sqlx::ConnectOptions::connect(&world.owner).await?;
        sqlx::query("update organizations set status = 'SUSPENDED'")
            .execute(&mut connection)
            .await?;
        eventually(|| said(&in_channel, any) == "organization_suspended").await;
        assert_eq!(said(&reader, any), "organization_suspended");
        let _ = active;
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn pairs_need_both_halves(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delivr").await?;
        let strict =
            minted(&world, &admin, NewKey { secret_required: true, ..new_key("strict")? }).await?;
        let lenient = minted(&world, &admin, new_key("lenient")?).await?;
        world.follow().await;
        let said = |pair: &Credentials, secret: Option<&str>| {
            reason(&world.backend, pair.key.expose(), secret, Demand::default())
        };
        for pair in [&strict, &lenient] {
            let secret = pair.secret.as_ref().map(crate::keys::text::PlainKey::expose);
            assert_eq!(said(pair, secret), "accepted");
            assert_eq!(said(pair, Some("0")), "wrong_secret");
        }
        assert_eq!(said(&strict, None), "secret_required");
        assert_eq!(said(&strict, Some("")), "secret_required");
        assert_eq!(said(&lenient, None), "accepted");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn time_is_judged_at_each_request(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let mut world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let month = NewKey { lifetime: Some(Duration::days(30)), ..new_key("month")? };
        let key = minted(&world, &admin, month).await?;
        let now = world.backend.clock.now();
        let clock = Clock::fixed(now);
        world.set_clock(clock.clone());
        world.follow().await;
        let said = || reason(&world.backend, key.key.expose(), None, Demand::default());
        assert_eq!(said(), "accepted");
        // A minute without word from the database is the limit.
        world.backend.pools.validator.close().await;
        clock.set(now + Duration::seconds(59));
        assert_eq!(said(), "accepted");
        clock.set(now + Duration::minutes(3));
        assert_eq!(said(), "stale");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn an_expired_key_is_refused(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let mut world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let month = NewKey { lifetime: Some(Duration::days(30)), ..new_key("month")? };
        let key = minted(&world, &admin, month).await?;
        let clock = Clock::fixed(world.backend.clock.now() + Duration::days(31));
        world.set_clock(clock);
        world.follow().await;
        assert_eq!(reason(&world.backend, key.key.expose(), None, Demand::default()), "expired");
        Ok(())
    }
}
