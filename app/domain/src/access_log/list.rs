//! The log, newest first, a page at a time.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, Postgres, QueryBuilder, Row};
use std::net::IpAddr;
use time::OffsetDateTime;
use uuid::Uuid;

use super::request_id::milliseconds_of;
use crate::clock::from_milliseconds;
use crate::ids::{ChannelId, KeyId};
use crate::members::Admin;
use crate::verification::Reason;
use crate::{Backend, Result, database};

/// Calls a page.
pub const PAGE_SIZE: usize = 50;

/// Which calls are wanted; the default wants all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub key: Option<KeyId>,
    pub ended: Option<Ended>,
    pub ip: Option<IpAddr>,
    pub from: Option<OffsetDateTime>,
    /// The first moment that is not wanted any more.
    pub until: Option<OffsetDateTime>,
    pub place: Place,
}

/// How calls ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Accepted,
    Refused,
    RefusedFor(Reason),
}

impl Ended {
    /// As it stands in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::RefusedFor(reason) => reason.as_str(),
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "accepted" => Some(Self::Accepted),
            "refused" => Some(Self::Refused),
            name => Reason::named(name).map(Self::RefusedFor),
        }
    }
}

/// Where a page begins: at a call's id, which says when it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Newest,
    Before(Uuid),
    After(Uuid),
}

/// A call as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedCall {
    pub request_id: Uuid,
    pub at: OffsetDateTime,
    pub key_id: KeyId,
    /// `None` when the key is gone.
    pub key_name: Option<String>,
    pub channel_id: Option<ChannelId>,
    pub channel_name: Option<String>,
    pub method: String,
    pub endpoint: String,
    pub path: String,
    pub status: i16,
    /// `None` when the key was accepted.
    pub reason: Option<Reason>,
    pub duration_us: i32,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub datastore: Option<String>,
    pub node: String,
}

impl FromRow<'_, PgRow> for LoggedCall {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let reason: Option<String> = row.try_get("reason")?;
        Ok(Self {
            request_id: row.try_get("request_id")?,
            at: row.try_get("at")?,
            key_id: row.try_get("key_id")?,
            key_name: row.try_get("key_name")?,
            channel_id: row.try_get("channel_id")?,
            channel_name: row.try_get("channel_name")?,
            method: row.try_get("method")?,
            endpoint: row.try_get("endpoint")?,
            path: row.try_get("path")?,
            status: row.try_get("status")?,
            reason: reason.as_deref().and_then(Reason::named),
            duration_us: row.try_get("duration_us")?,
            ip: row.try_get("ip")?,
            user_agent: row.try_get("user_agent")?,
            datastore: row.try_get("datastore")?,
            node: row.try_get("node")?,
        })
    }
}

/// Some calls, newest first, and whether there are others around them.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub calls: Vec<LoggedCall>,
    pub has_newer: bool,
    pub has_older: bool,
}

/// One page of the log.
pub async fn list(backend: &Backend, admin: &Admin, filter: &Filter) -> Result<Page> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let mut query = page(admin.organization().id.0, filter);
    let mut calls: Vec<LoggedCall> = query.build_query_as().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    let more = calls.len() > PAGE_SIZE;
    calls.truncate(PAGE_SIZE);
    let (has_newer, has_older) = match filter.place {
        Place::Newest => (false, more),
        Place::Before(_) => (true, more),
        Place::After(_) => {
            calls.reverse();
            (more, true)
        }
    };
    Ok(Page { calls, has_newer, has_older })
}

/// Only what is asked for stands in the statement, so that the database plans for that.
fn page(organization_id: Uuid, filter: &Filter) -> QueryBuilder<'static, Postgres> {
    let mut query = calls_of(organization_id);
    if let Some(key) = filter.key {
        query.push(" and key_id = ").push_bind(key.0);
    }
    match filter.ended {
        Some(Ended::Accepted) => query.push(" and reason is null"),
        Some(Ended::Refused) => query.push(" and reason is not null"),
        Some(Ended::RefusedFor(reason)) => {
            query.push(" and reason is not null and reason = ").push_bind(reason.as_str())
        }
        None => &mut query,
    };
    if let Some(ip) = filter.ip {
        query.push(" and ip = ").push_bind(ip.to_canonical().to_string()).push("::inet");
    }
    if let Some(from) = filter.from {
        query.push(" and at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" and at < ").push_bind(until);
    }
    // The time alone tells which days need not be looked at.
    let order = match filter.place {
        Place::Newest => "desc",
        Place::Before(id) => {
            query.push(" and at <= ").push_bind(time_of(id));
            query.push(" and (at, request_id) < (").push_bind(time_of(id));
            query.push(", ").push_bind(id).push(")");
            "desc"
        }
        Place::After(id) => {
            query.push(" and at >= ").push_bind(time_of(id));
            query.push(" and (at, request_id) > (").push_bind(time_of(id));
            query.push(", ").push_bind(id).push(")");
            "asc"
        }
    };
    // One more than a page tells whether there is another.
    query.push(format!(" order by at {order}, request_id {order} limit {}", PAGE_SIZE + 1));
    named(query, order)
}

/// When the call with this id came; ids that are none came before all others.
pub(super) fn time_of(id: Uuid) -> OffsetDateTime {
    from_milliseconds(milliseconds_of(id).unwrap_or(0))
}

/// The beginning of a question for calls of this organization.
pub(super) fn calls_of(organization_id: Uuid) -> QueryBuilder<'static, Postgres> {
    let mut query = QueryBuilder::new(
        "select call.*, abbrev(call.ip) as ip, api_keys.name as key_name, channels.name as channel_name
         from (select request_id, at, key_id, channel_id, method, endpoint, path, status, reason,
                      duration_us, ip, user_agent, datastore, node
               from access_log where organization_id = ",
    );
    query.push_bind(organization_id);
    query
}

/// Its end: the names that go with the calls.
pub(super) fn named(
    mut query: QueryBuilder<'static, Postgres>,
    order: &str,
) -> QueryBuilder<'static, Postgres> {
    query.push(format!(
        ") as call
         left join api_keys on api_keys.id = call.key_id
         left join channels on channels.id = call.channel_id
         order by at {order}, request_id {order}"
    ));
    query
}

#[cfg(test)]
mod tests {
    use super::super::find::find;
    use super::*;
    use crate::Error;
    use crate::keys::disable::disable;
    use crate::testing::{World, eventually};
    use crate::verification::Outcome;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    #[sqlx::test(migrations = false)]
    async fn filters_places_and_tenants(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let (one, two) =
            (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
        let (export, export_key) = world.key(&one, "Export").await?;
        let (billing, billing_key) = world.key(&one, "Billing").await?;
        let (_, foreign_key) = world.key(&two, "Foreign").await?;
        world.follow().await;
        let start = world.clock.now();
        // Over midnight, so that there are two days to look at; yesterday's, whose morning is over.
        let midnight = (start - Duration::DAY).date().midnight().assume_utc();
        let mut ids = Vec::new();
        // The directory hears of the database at each jump; within a minute it need not.
        world.pass_to(midnight - Duration::seconds(30)).await;
        for number in 0..120 {
            world.clock.set(midnight + Duration::milliseconds(number * 500 - 30_000));
            ids.push(world.call(&export_key, "/v1/patients/17", "192.0.2.1", 200));
        }
        world.pass_to(midnight + Duration::HOUR).await;
        world.call(&billing_key, "/v1/patients", "2001:db8::7", 404);
        let foreign = world.call(&foreign_key, "/v1/patients", "192.0.2.1", 200);
        world.clock.set(start);
        disable(&world.backend, &one, billing).await?;
        let digest = world.backend.pepper.digest(billing_key.key.expose().as_bytes());
        let is_disabled = || {
            let found = world.backend.directory.find(&digest);
            found.is_some_and(|key| key.status == crate::keys::KeyStatus::Disabled)
        };
        eventually(is_disabled).await;
        world.pass_to(midnight + Duration::HOUR * 2).await;
        let refused = world.call(&billing_key, "/v1/patients", "192.0.2.9", 401);
        world.write_log().await;
        world.clock.set(start);
        assert_eq!(world.backend.access_log.waiting(), 0);

        let page = async |filter: Filter| list(&world.backend, &one, &filter).await;
        let first = page(Filter::default()).await?;
        assert_eq!((first.calls.len(), first.has_newer, first.has_older), (50, false, true));
        assert_eq!(first.calls[0].request_id, refused);
        assert_eq!(first.calls[0].key_name.as_deref(), Some("Billing"));
        assert_eq!(first.calls[2].endpoint, "/v1/patients/{id}");
        assert_eq!((first.calls[2].request_id, first.calls[2].duration_us), (ids[119], 1_500));
        let last = first.calls[49].request_id;
        let second = page(Filter { place: Place::Before(last), ..Filter::default() }).await?;
        assert_eq!(second.calls[0].request_id, ids[71]);
        let first_of_second = second.calls[0].request_id;
        let back =
            page(Filter { place: Place::After(first_of_second), ..Filter::default() }).await?;
        assert_eq!(back.calls, first.calls);

        let count = async |filter: Filter| Ok::<_, Error>(page(filter).await?.calls.len());
        let ended = |ended| Filter { ended: Some(ended), ..Filter::default() };
        assert_eq!(count(ended(Ended::Refused)).await?, 1);
        let Outcome::Refused(reason) = Outcome::Refused(Reason::Disabled) else { return Ok(()) };
        assert_eq!(count(ended(Ended::RefusedFor(reason))).await?, 1);
        assert_eq!(count(ended(Ended::RefusedFor(Reason::Expired))).await?, 0);
        assert_eq!(count(Filter { key: Some(billing), ..Filter::default() }).await?, 2);
        assert_eq!(count(Filter { key: Some(export), ..Filter::default() }).await?, 50);
        let ip = "2001:db8::7".parse().ok();
        assert_eq!(count(Filter { ip, ..Filter::default() }).await?, 1);
        let yesterday = Filter {
            from: Some(midnight - Duration::DAY),
            until: Some(midnight),
            place: Place::Before(ids[20]),
            ..Filter::default()
        };
        assert_eq!(count(yesterday).await?, 20);

        assert_eq!(find(&world.backend, &one, refused).await?.reason, Some(Reason::Disabled));
        for id in [foreign, Uuid::nil(), Uuid::now_v7()] {
            assert!(matches!(find(&world.backend, &one, id).await, Err(Error::NotFound)));
        }
        assert_eq!(list(&world.backend, &two, &Filter::default()).await?.calls.len(), 1);
        Ok(())
    }
}
