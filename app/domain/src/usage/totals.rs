//! Sums for an overview.

use serde::{Deserialize, Serialize};

use crate::ids::{KeyId, OrganizationId};
use crate::members::Member;
use crate::{Backend, Result, database};

/// An organization at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub requests_24h: i64,
    pub refused_24h: i64,
    /// Keys that lists call active: one in a scream test is not.
    pub active_keys: i64,
    pub channels: i64,
    /// Whether any request was ever accepted.
    pub ever_used: bool,
}

/// The organization's sums.
pub async fn totals(backend: &Backend, member: &Member) -> Result<Totals> {
    totals_of(backend, member.organization().id).await
}

/// The same for whoever has proved otherwise that they may know.
pub(crate) async fn totals_of(backend: &Backend, organization: OrganizationId) -> Result<Totals> {
    let now = backend.clock.now();
    let day_ago: time::OffsetDateTime = now - time::Duration::HOUR * 24;
    let mut transaction = database::tenant::begin(&backend.pools.app, organization).await?;
    let row = sqlx::query!(
        r#"select
             (select coalesce(sum(requests), 0)::bigint from usage_organization_hours
              where hour > $1) as "requests!",
             (select coalesce(sum(requests), 0)::bigint from usage_organization_hours
              where hour > $1 and outcome <> 'accepted') as "refused!",
             (select count(*) from api_keys left join channels on channels.id = channel_id
              where api_keys.status = 'ACTIVE' and draining_of is null and coalesce(expires_at > $2, true)
                and coalesce(scream_until <= $2, true) and coalesce(channels.status = 'ACTIVE', true)) as "active!",
             (select count(*) from channels) as "channels!",
             exists (select from key_activity where last_used_at is not null) as "used!""#,
        day_ago,
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Totals {
        requests_24h: row.requests,
        refused_24h: row.refused,
        active_keys: row.active,
        channels: row.channels,
        ever_used: row.used,
    })
}

/// How much a key was used lately; refused requests count too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTotals {
    pub requests_24h: i64,
    pub requests_7d: i64,
}

/// The sums of the organization's key with this id, its former texts included.
pub async fn key_totals(backend: &Backend, member: &Member, id: KeyId) -> Result<KeyTotals> {
    let now = backend.clock.now();
    let day_ago: time::OffsetDateTime = now - time::Duration::HOUR * 24;
    let week_ago: time::OffsetDateTime = now - time::Duration::DAY * 7;
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let row = sqlx::query!(
        r#"select (coalesce(sum(requests) filter (where hour > $2), 0))::bigint as "day!",
                  coalesce(sum(requests), 0)::bigint as "week!"
           from usage_hours join api_keys on api_keys.id = key_id
           where (key_id = $1 or draining_of = $1) and hour > $3"#,
        id.0,
        day_ago,
        week_ago,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(KeyTotals { requests_24h: row.day, requests_7d: row.week })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::ChannelStatus;
    use crate::channels::add::{NewChannel, add};
    use crate::channels::change_status::change_status;
    use crate::keys::create::{NewKey, create};
    use crate::keys::disable::disable;
    use crate::keys::list::{KeyFilter, KeyState, list};
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::keys::scream::{Length, ScreamForm, begin::begin};
    use crate::organizations::list::tenant;
    use crate::organizations::story::traffic;
    use crate::testing::{World, new_key, regeneration};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn active_keys_are_those_of_the_list(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let backend = &world.backend;
        let lifetime = Some(time::Duration::DAY);
        create(backend, &admin, &NewKey { lifetime, ..new_key("Expired")? }).await?;
        world.clock.set(world.clock.now() + time::Duration::DAY);
        let (active, _) = world.key(&admin, "Active").await?;
        let wanted = regeneration(backend, &admin, active, Overlap::Day).await?;
        regenerate(backend, &admin, active, &wanted).await?;
        let channel = add(backend, &admin, &NewChannel::parse("Hub", "")?).await?;
        let stopped = NewKey { channel_id: Some(channel), ..new_key("Stopped")? };
        create(backend, &admin, &stopped).await?;
        change_status(backend, &admin, channel, ChannelStatus::Inactive).await?;
        let (tested, _) = world.key(&admin, "Tested").await?;
        let (off, _) = world.key(&admin, "Off").await?;
        disable(backend, &admin, off).await?;
        let form = ScreamForm { minutes: "5".to_owned(), ..ScreamForm::default() };
        begin(backend, &admin, tested, Length::parse(&form)?).await?;
        let (start, minute) = (world.clock.now(), time::Duration::MINUTE);
        let rep = world.rep("robin").await?;
        let tenant = tenant(backend, &rep, "one").await?;
        for (later, active) in [(0, 1), (4, 1), (5, 2)] {
            world.clock.set(start + minute * later);
            let filter = KeyFilter { state: Some(KeyState::Active), ..KeyFilter::default() };
            let (_, listed) = list(backend, &admin, &filter).await?;
            let counted = totals(backend, &admin).await?.active_keys;
            let by_rep = traffic(backend, &rep, &tenant).await?.active_keys;
            assert_eq!([counted, listed, by_rep], [active; 3], "after {later} minutes");
        }
        Ok(())
    }
}
