//! A key's former texts, and who still calls with them.

use time::{Duration, OffsetDateTime};

use crate::ids::KeyId;
use crate::members::Member;
use crate::usage::Range;
use crate::{Backend, Result, database};

/// How long an ended text is still shown: whoever missed the move is seen by its refused calls.
const SHOWN_AFTER_END: Duration = Duration::WEEK;

/// A former text as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldText {
    pub id: KeyId,
    /// Prefix, an ellipsis, the last four characters.
    pub hint: String,
    /// When the key was regenerated.
    pub replaced_at: OffsetDateTime,
    /// When it ends, or ended.
    pub ends_at: OffsetDateTime,
    /// Whether it is accepted as its key is.
    pub live: bool,
    pub last_used_at: Option<OffsetDateTime>,
    /// Requests with it since it was replaced, refused ones too.
    pub requests: i64,
    /// Those of the last 24 hours.
    pub requests_24h: i64,
}

/// The key's former texts, the latest first; those that ended long ago are left out.
pub async fn old_texts(backend: &Backend, member: &Member, key: KeyId) -> Result<Vec<OldText>> {
    let now = backend.clock.now();
    let (day_ago, shown_since): (OffsetDateTime, OffsetDateTime) =
        (now - Duration::DAY, now - SHOWN_AFTER_END);
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let rows = sqlx::query!(
        r#"select id, prefix, last_four, created_at, status, last_used_at as "last_used_at?",
                  least(expires_at, coalesce(revoked_at, expires_at)) as "ends_at!",
                  (select coalesce(sum(requests), 0)::bigint from usage_days where key_id = id) as "requests!",
                  (select coalesce(sum(requests), 0)::bigint from usage_hours
                   where key_id = id and hour > $2) as "requests_24h!"
           from api_keys left join key_activity on key_id = id
           where draining_of = $1 and least(expires_at, coalesce(revoked_at, expires_at)) > $3
           order by created_at desc, id desc"#,
        key.0,
        day_ago,
        shown_since,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let texts = rows.into_iter().map(|row| OldText {
        id: KeyId(row.id),
        hint: format!("{}…{}", row.prefix, row.last_four),
        replaced_at: row.created_at,
        ends_at: row.ends_at,
        live: row.status != "REVOKED" && row.ends_at > now,
        last_used_at: row.last_used_at,
        requests: row.requests,
        requests_24h: row.requests_24h,
    });
    Ok(texts.collect())
}

/// An hour of a drain: requests, refused ones too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainHour {
    pub start: OffsetDateTime,
    /// With the key's text of today, from the first whole minute after it was issued: of the minute
    /// in between, some were made with the text before.
    pub new: i64,
    /// With any former one.
    pub old: i64,
}

/// The last 24 hours, oldest first. Before its last regeneration, nothing counts as new.
pub async fn drain_hours(backend: &Backend, member: &Member, key: KeyId) -> Result<Vec<DrainHour>> {
    let range = Range::Day;
    let start = range.start(backend.clock.now());
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let rows = sqlx::query!(
        r#"select date_trunc('hour', minute) as "hour!",
                  (coalesce(sum(requests) filter (where draining_of is null), 0))::bigint as "new!",
                  (coalesce(sum(requests) filter (where draining_of is not null), 0))::bigint as "old!"
           from usage_minutes join api_keys on api_keys.id = key_id
           where (key_id = $1 or draining_of = $1)
             and minute >= $2 and (draining_of is not null or minute >= issued_at)
           group by 1"#,
        key.0,
        start,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let hours = (0..range.steps()).map(|step| {
        let start = start + range.step() * step;
        let counted = rows.iter().find(|row| row.hour == start);
        let (new, old) = counted.map_or((0, 0), |row| (row.new, row.old));
        DrainHour { start, new, old }
    });
    Ok(hours.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::mint::{Credentials, Minted};
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::testing::{World, regeneration};
    use crate::usage::flush::flush_until;
    use crate::usage::levels::Retention;
    use crate::verification::{Demand, Presented, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;
    use tokio::sync::watch;

    #[sqlx::test(migrations = false)]
    async fn the_new_text_counts_none_of_the_old_ones_requests(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, old) = world.key(&admin, "Export").await?;
        world.follow().await;
        let now = world.clock.now();
        let minute = now
            - Duration::seconds(now.unix_timestamp() % 60)
            - Duration::nanoseconds(i64::from(now.nanosecond()))
            + Duration::MINUTE;
        let ask = |credentials: &Credentials, times: usize| {
            let key = Some(credentials.key.expose().as_bytes());
            for _ in 0..times {
                verify(&world.backend, Presented { key, secret: None }, Demand::default());
            }
        };
        world.pass_to(minute + Duration::seconds(20)).await;
        ask(&old, 4);
        world.pass_to(minute + Duration::seconds(30)).await;
        let wanted = regeneration(&world.backend, &admin, id, Overlap::Day).await?;
        let minted = regenerate(&world.backend, &admin, id, &wanted).await?;
        let Minted::Now(_, new) = minted else { panic!("shown before it was made") };
        ask(&old, 2);
        ask(&new, 8);
        world.pass_to(minute + Duration::MINUTE).await;
        ask(&old, 1);
        ask(&new, 16);
        let (_stop, stopping) = watch::channel(true);
        flush_until(Arc::clone(&world.backend), Retention::default(), stopping).await;
        let hours = drain_hours(&world.backend, &admin, id).await?;
        let sum = |of: fn(&DrainHour) -> i64| hours.iter().map(of).sum::<i64>();
        assert_eq!((sum(|hour| hour.new), sum(|hour| hour.old)), (16, 3));
        Ok(())
    }
}
