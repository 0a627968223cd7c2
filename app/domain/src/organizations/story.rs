//! A tenant's story for reps: how it was set up, who of them went in, and how much it is used.

use time::OffsetDateTime;

use crate::audit::ActorKind;
use crate::organizations::list::Tenant;
use crate::reps::Rep;
use crate::usage::totals::{Totals, totals_of};
use crate::usage::{Bucket, Range};
use crate::{Backend, Error, Result, database};

/// Events that are shown at most.
const MOST: i64 = 50;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: OffsetDateTime,
    /// As in the audit log, such as `rep.entered`.
    pub action: String,
    pub actor_kind: ActorKind,
    /// Members are not named: staff has no business with who they are.
    pub staff_name: Option<String>,
    pub reason: Option<String>,
}

/// How much the tenant has and does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Keys that lists call active.
    pub active_keys: i64,
    pub requests_24h: i64,
}

/// The newest events, newest first.
pub async fn story(backend: &Backend, _: &Rep, tenant: &Tenant) -> Result<Vec<Event>> {
    let mut transaction = database::tenant::begin(&backend.pools.rep, tenant.id).await?;
    let rows = sqlx::query!(
        r#"select at, action, actor_kind, users.name as "name?", details ->> 'reason' as reason
           from audit_events left join users on users.id = actor_user_id and users.is_rep
           order by seq desc limit $1"#,
        MOST,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    rows.into_iter()
        .map(|row| {
            let unknown = || Error::Internal("an event of an unknown kind".to_owned());
            Ok(Event {
                at: row.at,
                action: row.action,
                actor_kind: ActorKind::named(&row.actor_kind).ok_or_else(unknown)?,
                staff_name: row.name,
                reason: row.reason,
            })
        })
        .collect()
}

/// What a suspension would stop: the very sums that the organization's own people see.
pub async fn traffic(backend: &Backend, _: &Rep, tenant: &Tenant) -> Result<Traffic> {
    let Totals { active_keys, requests_24h, .. } = totals_of(backend, tenant.id).await?;
    Ok(Traffic { active_keys, requests_24h })
}

/// The tenant's requests in this range, a bucket for each step, oldest first. Hours are the finest
/// that staff sees.
pub async fn series(
    backend: &Backend,
    _: &Rep,
    tenant: &Tenant,
    range: Range,
) -> Result<Vec<Bucket>> {
    let start: OffsetDateTime = range.start(backend.clock.now());
    let rows = sqlx::query!(
        r#"select at as "at!",
                  (coalesce(sum(requests) filter (where outcome = 'accepted'), 0))::bigint as "accepted!",
                  (coalesce(sum(requests) filter (where outcome <> 'accepted'), 0))::bigint as "refused!"
           from (select hour as at, outcome, requests from usage_hours
                 where not $3 and organization_id = $1 and hour >= $2
                 union all
                 select day, outcome, requests from usage_days
                 where $3 and organization_id = $1 and day >= $2) as counted group by at"#,
        tenant.id.0,
        start,
        matches!(range, Range::Month | Range::Quarter),
    )
    .fetch_all(&backend.pools.rep)
    .await?;
    let counted = rows.into_iter().map(|row| (row.at, row.accepted, row.refused));
    Ok(range.fill(start, counted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organizations::list::tenant;
    use crate::organizations::suspend::{Suspension, suspend};
    use crate::reps::visit::{VisitForm, begin};
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn staff_reads_its_own_part_of_the_log(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "delphos").await?);
        let other = world.admin("two", "delphos").await?;
        world.key(&other, "Theirs").await?;
        let (key, _) = world.key(&admin, "Secret project").await?;
        crate::keys::disable::disable(&world.backend, &admin, key).await?;
        let backend = &world.backend;
        begin(backend, &rep, "one", &VisitForm { reason: "Ticket 4711".to_owned() }).await?;
        suspend(backend, &rep, "one", &Suspension::by_command("Unpaid")?).await?;
        let tenant = tenant(backend, &rep, "one").await?;
        let events = story(backend, &rep, &tenant).await?;
        let told: Vec<_> = events
            .iter()
            .map(|event| {
                (event.action.as_str(), event.staff_name.as_deref(), event.reason.as_deref())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("organization.suspended", Some("robin"), Some("Unpaid")),
                ("rep.entered", Some("robin"), Some("Ticket 4711")),
                // What its people do beyond their first steps is theirs.
                ("key.created", None, None),
            ]
        );
        let traffic = traffic(backend, &rep, &tenant).await?;
        assert_eq!(traffic, Traffic { active_keys: 0, requests_24h: 0 });
        let bars = series(backend, &rep, &tenant, Range::Week).await?;
        assert_eq!(bars.len(), 28);
        Ok(())
    }
}
