//! All organizations, for reps.

use time::{Duration, OffsetDateTime};

use crate::approvals::Gate;
use crate::datastores::Whose;
use crate::ids::OrganizationId;
use crate::keys::Environment;
use crate::organizations::Plan;
use crate::reps::Rep;
use crate::{Backend, Result};

/// Organizations a page.
pub const PAGE_SIZE: i64 = 50;
/// Who has made no call for so long is stuck.
pub const STUCK_AFTER: Duration = Duration::days(7);

/// Which organizations are wanted; the default wants all.
#[derive(Clone, Debug, Default)]
pub struct TenantFilter {
    /// Part of the name, of the slug or of the vendor's number, or the whole id.
    pub text: String,
    /// The API profile's name.
    pub profile: Option<String>,
    pub suspended: Option<bool>,
    /// Only those without an accepted call 7 days after they were provisioned.
    pub stuck: bool,
    /// This one only.
    pub slug: Option<String>,
    /// From 1.
    pub page: u32,
}

/// An organization as reps see it.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
    pub profile: String,
    pub suspended: bool,
    pub external_id: Option<String>,
    pub plan: Plan,
    pub environments: Vec<Environment>,
    /// The datastores that its live and its test documents were moved to.
    pub moved_to: [Option<String>; 2],
    /// The gates that are open.
    pub approvals: Vec<Gate>,
    pub created_at: OffsetDateTime,
    /// When its first call was accepted: the beginning of that hour, in UTC.
    pub first_call_at: Option<OffsetDateTime>,
}

impl Tenant {
    /// Its documents of this environment.
    pub fn documents(&self, environment: Environment) -> Whose<'_> {
        Whose {
            profile: &self.profile,
            organization: &self.slug,
            environment,
            moved_to: self.moved_to[environment as usize].as_deref(),
        }
    }

    /// How long after it was provisioned the first call was accepted.
    pub fn first_call_after(&self) -> Option<Duration> {
        self.first_call_at.map(|at| (at - self.created_at).max(Duration::ZERO))
    }

    /// Whether it has made no call for too long.
    pub fn is_stuck(&self, now: OffsetDateTime) -> bool {
        self.first_call_at.is_none() && self.created_at <= now - STUCK_AFTER
    }
}

/// One page of organizations, newest first, and how many there are in all.
pub async fn list(backend: &Backend, _: &Rep, filter: &TenantFilter) -> Result<(Vec<Tenant>, i64)> {
    let text = filter.text.trim();
    let rows = sqlx::query!(
        r#"select id, slug, name, profile, status, external_id, plan, environments, created_at,
                  live_datastore, test_datastore,
                  first.hour as "first_call_at?",
                  array(select gate from approvals where organization_id = organizations.id
                        order by gate) as "approvals!: Vec<String>",
                  count(*) over () as "total!"
           from organizations
           left join lateral (
               select coalesce((select min(hour) from usage_hours
                                where usage_hours.organization_id = organizations.id and outcome = 'accepted'
                                  and hour >= day and hour < day + interval '1 day'), day) as hour
               from usage_days
               where usage_days.organization_id = organizations.id and outcome = 'accepted'
               order by day limit 1) first on true
           where ($1 = '' or strpos(lower(name), lower($1)) > 0 or strpos(slug, lower($1)) > 0
                  or strpos(lower(external_id), lower($1)) > 0 or id = $2)
             and ($3::text is null or profile = $3)
             and ($4::bool is null or $4 = (status <> 'ACTIVE'))
             and ($5::timestamptz is null or (created_at <= $5 and first.hour is null))
             and ($6::text is null or slug = $6)
           order by created_at desc, slug
           limit $7 offset $8"#,
        text,
        text.parse::<uuid::Uuid>().ok(),
        filter.profile,
        filter.suspended,
        filter.stuck.then(|| backend.clock.now() - STUCK_AFTER),
        filter.slug,
        PAGE_SIZE,
        i64::from(filter.page.saturating_sub(1)) * PAGE_SIZE,
    )
    .fetch_all(&backend.pools.rep)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let tenants = rows.into_iter().map(|row| Tenant {
        id: OrganizationId(row.id),
        slug: row.slug,
        name: row.name,
        profile: row.profile,
        suspended: row.status != "ACTIVE",
        external_id: row.external_id,
        plan: Plan::named(&row.plan).unwrap_or_default(),
        environments: row.environments.iter().filter_map(|name| Environment::named(name)).collect(),
        approvals: row.approvals.iter().filter_map(|name| Gate::named(name)).collect(),
        moved_to: [row.live_datastore, row.test_datastore],
        created_at: row.created_at,
        first_call_at: row.first_call_at,
    });
    Ok((tenants.collect(), total))
}

/// The organization with this slug.
pub async fn tenant(backend: &Backend, rep: &Rep, slug: &str) -> Result<Tenant> {
    let filter = TenantFilter { slug: Some(slug.to_owned()), ..TenantFilter::default() };
    let (tenants, _) = list(backend, rep, &filter).await?;
    tenants.into_iter().next().ok_or(crate::Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn filters(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let rep = world.rep("robin").await?;
        let one = world.admin("one-clinic", "delphos").await?;
        let two = world.admin("two-couriers", "deliverty").await?;
        let found = async |filter: TenantFilter| {
            let (tenants, total) = list(&world.backend, &rep, &filter).await?;
            assert_eq!(tenants.len(), usize::try_from(total).unwrap_or_default());
            Ok::<_, crate::Error>(tenants.into_iter().map(|tenant| tenant.slug).collect::<Vec<_>>())
        };
        let text = |text: &str| TenantFilter { text: text.to_owned(), ..TenantFilter::default() };
        assert_eq!(found(TenantFilter::default()).await?, ["two-couriers", "one-clinic"]);
        assert_eq!(found(text(" CLINIC ")).await?, ["one-clinic"]);
        assert_eq!(found(text(&two.organization().id.to_string())).await?, ["two-couriers"]);
        for nothing in ["%", "' or true --", "👻"] {
            assert!(found(text(nothing)).await?.is_empty(), "{nothing}");
        }
        let deliverty =
            TenantFilter { profile: Some("deliverty".to_owned()), ..TenantFilter::default() };
        assert_eq!(found(deliverty).await?, ["two-couriers"]);
        let suspended = TenantFilter { suspended: Some(true), ..TenantFilter::default() };
        assert!(found(suspended).await?.is_empty());

        // A week later, only the one without a call is stuck.
        let stuck = TenantFilter { stuck: true, ..TenantFilter::default() };
        assert!(found(stuck.clone()).await?.is_empty(), "too early to say");
        let (key, _) = world.key(&one, "Export").await?;
        let today = world.clock.now().date();
        crate::usage::levels::make_room(&world.backend, today, today, today).await?;
        world.clock.set(world.backend.clock.now() + STUCK_AFTER + Duration::MINUTE);
        assert_eq!(found(stuck.clone()).await?, ["two-couriers", "one-clinic"]);
        let mut connection = world.owner.connect().await?;
        for (outcome, remaining) in
            [("revoked", &["two-couriers", "one-clinic"][..]), ("accepted", &["two-couriers"])]
        {
            for (table, column) in [("usage_hours", "hour"), ("usage_days", "day")] {
                sqlx::query(&format!(
                    "insert into {table} (organization_id, key_id, {column}, outcome, requests)
                     values ($1, $2, date_trunc('{column}', now(), 'UTC'), $3, 1)"
                ))
                .bind(one.organization().id.0)
                .bind(key.0)
                .bind(outcome)
                .execute(&mut connection)
                .await?;
            }
            assert_eq!(found(stuck.clone()).await?, remaining, "{outcome}");
        }
        let called = tenant(&world.backend, &rep, "one-clinic").await?;
        assert!(called.first_call_after().is_some_and(|after| after < Duration::HOUR));
        assert!(!called.is_stuck(world.backend.clock.now()));
        let nothing = tenant(&world.backend, &rep, "nobody").await;
        assert_eq!(nothing.map(|_| ()), Err(crate::Error::NotFound));
        Ok(())
    }
}
