//! What was changed, newest first.

use serde_json::Value;
use sqlx::{Postgres, Transaction};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::ActorKind;
use crate::ids::UserId;
use crate::members::{Admin, Member};
use crate::zone::Zone;
use crate::{Backend, Error, Result, database};

/// Events a page.
pub const PAGE_SIZE: i64 = 50;
/// Events in the history of one thing.
const HISTORY_SIZE: i64 = 5;

/// Which events are wanted; the default wants all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub actor: Option<UserId>,
    /// The action's name, such as `key.revoked`.
    pub action: Option<String>,
    /// Part of the target's name, or its whole id.
    pub target: String,
    /// The first day, in UTC.
    pub from: Option<Date>,
    /// The last day, in UTC.
    pub to: Option<Date>,
    pub place: Place,
}

/// Where a page begins. Numbers rather than pages: what is added meanwhile moves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Newest,
    /// The newest ones before this number.
    Before(i64),
    /// The oldest ones after this number.
    After(i64),
}

/// An event as people see it.
#[derive(Clone, Debug)]
pub struct LoggedEvent {
    /// Its number in the organization's log.
    pub seq: i64,
    pub at: OffsetDateTime,
    pub actor_kind: ActorKind,
    /// `None` for people who are not members (any more).
    pub actor_name: Option<String>,
    pub actor_email: Option<String>,
    pub action: String,
    pub target_id: Uuid,
    /// What it is called now, or, of a webhook, where it led then; `None` where it has no name that
    /// members see.
    pub target_name: Option<String>,
    pub details: Value,
    pub ip: Option<String>,
    pub request_id: Option<String>,
}

/// Some events, newest first, and whether there are others around them.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub events: Vec<LoggedEvent>,
    pub has_newer: bool,
    pub has_older: bool,
}

/// One page of the log.
pub async fn list(backend: &Backend, admin: &Admin, filter: &Filter) -> Result<Page> {
    list_most(backend, admin, filter, PAGE_SIZE).await
}

/// The same with pages of another size.
pub async fn list_most(
    backend: &Backend,
    admin: &Admin,
    filter: &Filter,
    most: i64,
) -> Result<Page> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    // One more than a page tells whether there is another.
    let zone = Zone::named(&admin.organization().time_zone);
    let mut events = select(&mut transaction, filter, &zone, most + 1).await?;
    transaction.commit().await?;
    let size = usize::try_from(most).unwrap_or(usize::MAX);
    let more = events.len() > size;
    events.truncate(size);
    let (has_newer, has_older) = match filter.place {
        Place::Newest => (false, more),
        Place::Before(_) => (true, more),
        Place::After(_) => {
            events.reverse();
            (more, true)
        }
    };
    Ok(Page { events, has_newer, has_older })
}

/// The latest events of one thing, for its page.
pub async fn history(
    backend: &Backend,
    member: &Member,
    target_id: impl Into<Uuid>,
) -> Result<Vec<LoggedEvent>> {
    let filter = Filter { target: target_id.into().to_string(), ..Filter::default() };
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let events = select(&mut transaction, &filter, &Zone::utc(), HISTORY_SIZE).await?;
    transaction.commit().await?;
    Ok(events)
}

async fn select(
    transaction: &mut Transaction<'static, Postgres>,
    filter: &Filter,
    zone: &Zone,
    most: i64,
) -> Result<Vec<LoggedEvent>> {
    let target = filter.target.trim();
    let (before, after) = match filter.place {
        Place::Newest => (None, None),
        Place::Before(seq) => (Some(seq), None),
        Place::After(seq) => (None, Some(seq)),
    };
    let until = filter.to.and_then(|day| day.checked_add(Duration::DAY));
    let target_id = target.parse::<Uuid>().ok();
    let text = if target_id.is_some() { "" } else { target };
    let rows = sqlx::query!(
        r#"select seq, at, actor_kind, action, target_id, details, abbrev(ip) as ip, request_id,
                  actor.name as "actor_name?", actor.email as "actor_email?",
                  coalesce(api_keys.name, channels.name, target.name, organizations.name,
                           case when action like 'webhook.%' then details ->> 'host' end) as target_name
           from audit_events
           left join users actor on actor.id = actor_user_id
           left join api_keys on api_keys.id = target_id
           left join channels on channels.id = target_id
           left join users target on target.id = target_id
           left join organizations on organizations.id = target_id
           where ($1::uuid is null or actor_user_id = $1)
             and ($2::text is null or action = $2)
             and ($3::uuid is null or target_id = $3)
             and ($4 = '' or strpos(lower(coalesce(api_keys.name, channels.name, target.name, organizations.name,
                                                   case when action like 'webhook.%' then details ->> 'host' end, '')),
                                    lower($4)) > 0)
             and ($5::timestamptz is null or at >= $5)
             and ($6::timestamptz is null or at < $6)
             and ($7::bigint is null or seq < $7)
             and ($8::bigint is null or seq > $8)
           order by case when $8::bigint is null then seq end desc, seq
           limit $9"#,
        filter.actor.map(|id| id.0),
        filter.action,
        target_id,
        text,
        filter.from.map(|day| zone.midnight(day)),
        until.map(|day| zone.midnight(day)),
        before,
        after,
        most,
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(LoggedEvent {
                seq: row.seq,
                at: row.at,
                actor_kind: ActorKind::named(&row.actor_kind)
                    .ok_or_else(|| Error::Internal("an event of an unknown kind".into()))?,
                actor_name: row.actor_name,
                actor_email: row.actor_email,
                action: row.action,
                target_id: row.target_id,
                target_name: row.target_name,
                details: row.details,
                ip: row.ip,
                request_id: row.request_id,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::disable::{disable, enable};
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn actions(page: &Page) -> Vec<&str> {
        page.events.iter().map(|event| event.action.as_str()).collect()
    }

    #[sqlx::test(migrations = false)]
    async fn filters_and_places(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (export, _) = world.key(&admin, "Nightly export").await?;
        let (billing, _) = world.key(&admin, "Billing").await?;
        disable(&world.backend, &admin, export).await?;
        enable(&world.backend, &admin, export).await?;
        let page =
            async |filter: Filter, most| list_most(&world.backend, &admin, &filter, most).await;

        let all = page(Filter::default(), 50).await?;
        assert_eq!(actions(&all), ["key.enabled", "key.disabled", "key.created", "key.created"]);
        assert!(!all.has_newer && !all.has_older);
        assert_eq!(all.events[0].details["before"], "DISABLED");

        let filter = |change: fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            filter
        };
        let created = page(filter(|filter| filter.action = Some("key.created".into())), 50).await?;
        assert_eq!(created.events.len(), 2);
        let named = page(filter(|filter| filter.target = " EXPORT ".into()), 50).await?;
        assert_eq!(named.events.len(), 3);
        let of_id = Filter { target: billing.to_string(), ..Filter::default() };
        assert_eq!(actions(&page(of_id, 50).await?), ["key.created"]);
        let mine = Filter { actor: Some(admin.user_id()), ..Filter::default() };
        assert_eq!(page(mine, 50).await?.events.len(), 4);
        let nobody = Filter { actor: Some(UserId::generate()), ..Filter::default() };
        assert_eq!(page(nobody, 50).await?.events.len(), 0);
        let today = all.events[0].at.date();
        let within = Filter { from: Some(today), to: Some(today), ..Filter::default() };
        let yesterday = Filter { to: today.previous_day(), ..Filter::default() };
        let tomorrow = Filter { from: today.next_day(), ..Filter::default() };
        assert!(!page(within, 50).await?.events.is_empty());
        assert_eq!(page(yesterday, 50).await?.events.len(), 0);
        assert_eq!(page(tomorrow, 50).await?.events.len(), 0);

        let place = |place| Filter { place, ..Filter::default() };
        let seqs = |page: &Page| page.events.iter().map(|event| event.seq).collect::<Vec<_>>();
        let first = page(place(Place::Newest), 2).await?;
        assert_eq!((seqs(&first), first.has_newer, first.has_older), (vec![4, 3], false, true));
        let second = page(place(Place::Before(3)), 2).await?;
        assert_eq!((seqs(&second), second.has_newer, second.has_older), (vec![2, 1], true, false));
        let back = page(place(Place::After(2)), 2).await?;
        assert_eq!((seqs(&back), back.has_newer, back.has_older), (vec![4, 3], false, true));
        let middle = page(place(Place::After(1)), 2).await?;
        assert_eq!((seqs(&middle), middle.has_newer, middle.has_older), (vec![3, 2], true, true));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn another_organizations_events_are_never_listed(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (ours, theirs) =
            (world.admin("a", "delphos").await?, world.admin("b", "delphos").await?);
        let (key, _) = world.key(&ours, "Export").await?;
        for target in [String::new(), key.to_string(), "Export".to_owned()] {
            let filter = Filter { target, ..Filter::default() };
            assert_eq!(list(&world.backend, &theirs, &filter).await?.events.len(), 0);
            assert_eq!(list(&world.backend, &ours, &filter).await?.events.len(), 1);
        }
        assert_eq!(history(&world.backend, &theirs, key.0).await?.len(), 0);
        assert_eq!(history(&world.backend, &ours, key.0).await?.len(), 1);
        // Not even with no organization set at all.
        let events: i64 = sqlx::query_scalar("select count(*) from audit_events")
            .fetch_one(&world.backend.pools.app)
            .await?;
        let heads: i64 = sqlx::query_scalar("select count(*) from audit_heads")
            .fetch_one(&world.backend.pools.app)
            .await?;
        assert_eq!((events, heads), (0, 0));
        // Nor can an event be put into somebody else's log.
        let mut transaction =
            database::tenant::begin(&world.backend.pools.app, theirs.organization().id).await?;
        let details = serde_json::json!({});
        let forged = crate::audit::record(
            &mut transaction,
            &ours,
            crate::audit::Action::KeyStored,
            key.0,
            details,
        )
        .await;
        assert!(forged.is_err());
        Ok(())
    }
}
