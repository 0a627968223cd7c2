//! Who calls with a key, and what: those who would notice if it were gone.

use time::{Duration, OffsetDateTime};

use crate::ids::KeyId;
use crate::members::Member;
use crate::verification::Reason;
use crate::{Backend, Result, database};

/// Calls that are looked at, the latest first: a busy key has millions.
pub const LOOKED_AT: i64 = 20_000;
/// Lines of each kind.
const MOST: i64 = 8;

/// A program, as far as it can be told from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub calls: i64,
    pub last_at: OffsetDateTime,
}

/// An endpoint that is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    pub method: String,
    pub endpoint: String,
    pub calls: i64,
}

/// What the log knows of a key's last 7 days, the busiest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callers {
    pub callers: Vec<Caller>,
    pub endpoints: Vec<Called>,
    /// Calls that were looked at; at [`LOOKED_AT`] there may be more.
    pub calls: i64,
    /// When the first of them came.
    pub since: Option<OffsetDateTime>,
}

/// Of the key and all its former texts.
pub async fn of_key(backend: &Backend, member: &Member, id: KeyId) -> Result<Callers> {
    look(backend, member, id, &Look { itself: true, ..last_week(backend) }).await
}

/// Of its former texts alone.
pub async fn of_former_texts(backend: &Backend, member: &Member, id: KeyId) -> Result<Callers> {
    look(backend, member, id, &last_week(backend)).await
}

/// Whose calls with the key, or a former text of it, were refused for being disabled from then
/// until then.
pub async fn of_refused(
    backend: &Backend,
    member: &Member,
    id: KeyId,
    since: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Callers> {
    let reason = Some(Reason::Disabled.as_str());
    look(backend, member, id, &Look { itself: true, since, until: Some(until), reason }).await
}

/// Which calls are looked at.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Those with the key's own text, too.
    itself: bool,
    since: OffsetDateTime,
    until: Option<OffsetDateTime>,
    /// Those that were refused for it alone.
    reason: Option<&'static str>,
}

fn last_week(backend: &Backend) -> Look {
    let since = backend.clock.now() - Duration::WEEK;
    Look { itself: false, since, until: None, reason: None }
}

async fn look(backend: &Backend, member: &Member, id: KeyId, wanted: &Look) -> Result<Callers> {
    let organization = member.organization().id;
    let mut transaction = database::tenant::begin(&backend.pools.app, organization).await?;
    let rows = sqlx::query!(
        r#"with texts as (
               select id from api_keys where (id = $1 and $2) or draining_of = $1
           ), looked_at as materialized (
               select call.* from texts, lateral (
                   select at, request_id, ip, user_agent, method, endpoint from access_log
                   where organization_id = $3 and key_id = texts.id and at >= $4
                     and ($7::timestamptz is null or at < $7) and ($8::text is null or reason = $8)
                   order by at desc, request_id desc limit $5) as call
               order by at desc limit $5
           )
           (select 'caller' as "kind!", abbrev(ip) as first, user_agent as second, count(*) as "calls!",
                   max(at) as "at!"
            from looked_at group by ip, user_agent order by 4 desc, 5 desc limit $6)
           union all
           (select 'endpoint', method, endpoint, count(*), max(at)
            from looked_at group by method, endpoint order by 4 desc, 5 desc limit $6)
           union all
           (select 'all', null, null, count(*), min(at) from looked_at having count(*) > 0)"#,
        id.0,
        wanted.itself,
        organization.0,
        wanted.since,
        LOOKED_AT,
        MOST,
        wanted.until,
        wanted.reason,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let mut found = Callers::default();
    for row in rows {
        let (first, second) = (row.first, row.second);
        match row.kind.as_str() {
            "caller" => found.callers.push(Caller {
                ip: first,
                user_agent: second,
                calls: row.calls,
                last_at: row.at,
            }),
            "endpoint" => found.endpoints.push(Called {
                method: first.unwrap_or_default(),
                endpoint: second.unwrap_or_default(),
                calls: row.calls,
            }),
            _ => (found.calls, found.since) = (row.calls, Some(row.at)),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn callers_and_endpoints_the_busiest_first(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, credentials) = world.key(&admin, "Export").await?;
        let (_, other) = world.key(&admin, "Other").await?;
        world.follow().await;
        for (calls, path, ip) in
            [(2, "/a/1", "192.0.2.1"), (5, "/a/2", "192.0.2.2"), (1, "/b", "192.0.2.2")]
        {
            for _ in 0..calls {
                world.call(&credentials, path, ip, 200);
            }
        }
        world.call(&other, "/c", "192.0.2.3", 200);
        world.write_log().await;
        let found = of_key(&world.backend, &admin, id).await?;
        let callers = found.callers.iter().map(|caller| (caller.ip.as_deref(), caller.calls));
        assert_eq!(callers.collect::<Vec<_>>(), [(Some("192.0.2.2"), 6), (Some("192.0.2.1"), 2)]);
        let endpoints =
            found.endpoints.iter().map(|called| (called.endpoint.as_str(), called.calls));
        assert_eq!(endpoints.collect::<Vec<_>>(), [("/a/{id}", 7), ("/b", 1)]);
        assert_eq!((found.calls, found.since.is_some()), (8, true));
        assert_eq!(of_former_texts(&world.backend, &admin, id).await?, Callers::default());
        Ok(())
    }
}
