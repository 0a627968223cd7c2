//! The check itself: memory only, no database, no allocation, no lock.

use super::recognize::recognize;
use super::scope::demand_refusal;
use super::secret::secret_refusal;
use super::{Demand, Grant, Outcome, Presented, Reason, Verdict};
use crate::Backend;
use crate::channels::ChannelStatus;
use crate::clock::Moment;
use crate::directory::{Allowance, ChannelState, Conditions, KeyRecord, Limit, OrganizationState};
use crate::keys::KeyStatus;

/// Judges what was presented and counts the outcome on the key, when there is one.
pub fn verify(backend: &Backend, presented: Presented<'_>, demand: Demand<'_>) -> Verdict {
    verify_at(backend, backend.clock.moment(), presented, demand)
}

/// The same, for a request that came at this moment.
pub fn verify_at(
    backend: &Backend,
    moment: Moment,
    presented: Presented<'_>,
    demand: Demand<'_>,
) -> Verdict {
    let now_ms = moment.ms;
    let (record, login) = match recognize(backend, moment, presented.key, demand.profile) {
        Ok(recognized) => recognized,
        Err(reason) => {
            backend.tally.count(reason);
            return Verdict::Refused(reason, None);
        }
    };
    let (refused, allowance) = judge(backend, &record, presented.secret, demand, now_ms);
    let grant = Grant { record, allowance, login };
    let outcome = refused.map_or(Outcome::Accepted, Outcome::Refused);
    backend.recorder.count(&grant, outcome, now_ms);
    match refused {
        None => Verdict::Accepted(grant),
        Some(reason) => {
            backend.tally.count(reason);
            Verdict::Refused(reason, Some(grant))
        }
    }
}

/// Every check after the key is known, in the order of [`Reason`]. The limit is taken from by
/// requests that no check before it has refused.
fn judge(
    backend: &Backend,
    record: &KeyRecord,
    secret: Option<&[u8]>,
    demand: Demand<'_>,
    now_ms: i64,
) -> (Option<Reason>, Option<Allowance>) {
    let refused = tenant_refusal(&record.organization, demand)
        .or_else(|| secret_refusal(backend, record, secret))
        .or_else(|| key_refusal(record, now_ms))
        .or_else(|| (!record.organization.is_active()).then_some(Reason::OrganizationSuspended))
        .or_else(|| record.channel.as_deref().and_then(channel_refusal))
        .or_else(|| {
            let profile = &record.organization.profile;
            demand_refusal(record, demand.in_api(&backend.profiles, profile))
        });
    if refused.is_some() {
        return (refused, None);
    }
    let limit = record.conditions.as_deref().and_then(|conditions| conditions.limit.as_deref());
    let allowance = limit.map(Limit::take);
    let refused = allowance
        .is_some_and(|allowance| !allowance.granted)
        .then_some(Reason::RateLimited)
        .or_else(|| gate_refusal(record));
    (refused, allowance)
}

fn tenant_refusal(organization: &OrganizationState, demand: Demand<'_>) -> Option<Reason> {
    let elsewhere = demand.profile.is_some_and(|profile| *profile.name != *organization.profile)
        || demand.slug.is_some_and(|slug| *slug != *organization.slug);
    elsewhere.then_some(Reason::WrongTenant)
}

fn key_refusal(record: &KeyRecord, now_ms: i64) -> Option<Reason> {
    let until = |of: fn(&Conditions) -> i64| {
        record.conditions.as_deref().is_some_and(|conditions| now_ms < of(conditions))
    };
    match record.status {
        KeyStatus::Revoked => Some(Reason::Revoked),
        KeyStatus::Disabled => Some(Reason::Disabled),
        KeyStatus::Active if until(|conditions| conditions.scream_until_ms) => {
            Some(Reason::Disabled)
        }
        KeyStatus::Active if record.expires_at_ms <= now_ms => Some(Reason::Expired),
        KeyStatus::Active => {
            until(|conditions| conditions.not_before_ms).then_some(Reason::NotYetValid)
        }
    }
}

fn channel_refusal(channel: &ChannelState) -> Option<Reason> {
    match channel.status() {
        ChannelStatus::Active => None,
        ChannelStatus::Inactive => Some(Reason::ChannelInactive),
        ChannelStatus::Suspended => Some(Reason::ChannelSuspended),
    }
}

fn gate_refusal(record: &KeyRecord) -> Option<Reason> {
    record.organization.is_closed(record.environment).then_some(Reason::GateClosed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;
    use crate::channels::add::{NewChannel, add};
    use crate::channels::change_status::change_status;
    use crate::clock::Clock;
    use crate::keys::create::NewKey;
    use crate::keys::mint::Credentials;
    use crate::keys::terms::Terms;
    use crate::keys::{Access, Environment, disable::disable, revoke::revoke};
    use crate::testing::{World, eventually, new_key};
    use crate::verification::said::{minted, reason};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

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
    async fn a_limit_goes_on_when_the_key_or_everything_is_read_again(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let terms = Terms { rate_limit: Some(1), ..Terms::default() };
        let key = minted(&world, &admin, NewKey { terms, ..new_key("bound")? }).await?;
        world.follow().await;
        let said = |slug| {
            let demand = Demand { slug: Some(slug), ..Demand::default() };
            reason(&world.backend, key.key.expose(), None, demand)
        };
        assert_eq!([said("one"), said("one")], ["accepted", "rate_limited"]);
        let mut connection = sqlx::ConnectOptions::connect(&world.owner).await?;
        sqlx::query("update api_keys set name = 'renamed'").execute(&mut connection).await?;
        world.backend.directory.catch_up().await;
        assert_eq!(said("one"), "rate_limited");
        // An organization's slug is in no record alone: all are made anew.
        sqlx::query("update organizations set slug = 'two'").execute(&mut connection).await?;
        eventually(|| said("two") == "rate_limited").await;
        sqlx::query("update api_keys set rate_limit = 2").execute(&mut connection).await?;
        eventually(|| said("two") == "accepted").await;
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn what_is_withdrawn_closes_the_gate(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "novamed").await?;
        let mut connection = sqlx::ConnectOptions::connect(&world.owner).await?;
        sqlx::query(
            "insert into approvals (organization_id, gate, decided_on, reference, signer, recorded_by)
             select $1, gate, now(), 'paper', 'Ada', $2 from unnest(array['baa', 'partner_approval']) gate",
        )
        .bind(admin.organization().id.0)
        .bind(admin.user_id().0)
        .execute(&mut connection)
        .await?;
        let live = minted(&world, &admin, new_key("live")?).await?;
        let test = NewKey { environment: Environment::Test, ..new_key("test")? };
        let test = minted(&world, &admin, test).await?;
        world.follow().await;
        let said = || {
            let said = |key: &Credentials| {
                reason(&world.backend, key.key.expose(), None, Demand::default())
            };
            [said(&live), said(&test)]
        };
        assert_eq!(said(), ["accepted", "accepted"]);
        sqlx::query("delete from approvals where gate = 'baa'").execute(&mut connection).await?;
        eventually(|| said() == ["gate_closed", "accepted"]).await;
        sqlx::query("delete from approvals").execute(&mut connection).await?;
        eventually(|| said() == ["gate_closed", "gate_closed"]).await;
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn an_organization_says_how_long_silence_may_last(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (short, long) =
            (world.admin("short", "delphos").await?, world.admin("long", "delphos").await?);
        let ((_, of_short), (_, of_long)) =
            (world.key(&short, "short").await?, world.key(&long, "long").await?);
        // ClinikAPI takes no key on trust for longer than a minute, whatever is chosen.
        let bound = world.admin("bound", "clinikapi").await?;
        let (_, of_bound) = world.key(&bound, "bound").await?;
        let mut connection = sqlx::ConnectOptions::connect(&world.owner).await?;
        sqlx::query(
            "update organizations set staleness_limit_s = case slug when 'short' then 5 else 300 end",
        )
        .execute(&mut connection)
        .await?;
        world.follow().await;
        world.backend.pools.validator.close().await;
        let (now, forged) = (world.clock.now(), crate::keys::text::PlainKey::mint("dph_live_")?);
        for (silence, expected) in [
            (5, ["accepted", "accepted", "accepted", "unknown"]),
            (6, ["stale", "accepted", "accepted", "unknown"]),
            (61, ["stale", "accepted", "stale", "stale"]),
            (301, ["stale", "stale", "stale", "stale"]),
        ] {
            world.clock.set(now + Duration::seconds(silence));
            let said = |key: &str| reason(&world.backend, key, None, Demand::default());
            let keys = [&of_short, &of_long, &of_bound].map(|key| key.key.expose());
            let said = keys.into_iter().chain([forged.expose()]).map(said).collect::<Vec<_>>();
            assert_eq!(said, expected, "after {silence} s");
        }
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
