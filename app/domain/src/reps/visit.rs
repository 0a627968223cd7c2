//! A rep looks at an organization's pages: for half an hour, with a reason, and on record in the
//! organization's own log.

use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::audit::{self, Action};
use crate::organizations::list::tenant;
use crate::reps::Rep;
use crate::text::Reason;
use crate::{Backend, Error, Result, database};

/// How long a visit lasts; the database allows no longer one.
pub const VISIT: Duration = Duration::minutes(30);

/// The form's fields.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct VisitForm {
    pub reason: String,
}

/// Begins a visit, in place of one that is under way. From here on, [`crate::members::enter`] lets
/// the rep in as somebody who may look, and says when it ends.
pub async fn begin(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    form: &VisitForm,
) -> Result<OffsetDateTime> {
    let reason = Reason::parse(&form.reason).map_err(|rule| Error::invalid("reason", rule))?;
    let tenant = tenant(backend, rep, slug).await?;
    let (id, now) = (Uuid::now_v7(), backend.clock.now());
    let ends_at = now + VISIT;
    let mut transaction = database::tenant::begin(&backend.pools.rep, tenant.id).await?;
    sqlx::query!(
        "update rep_visits set ended_at = $2 where user_id = $1 and ended_at is null",
        rep.user_id().0,
        now,
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "insert into rep_visits (id, organization_id, user_id, reason, began_at, ends_at)
         values ($1, $2, $3, $4, $5, $6)",
        id,
        tenant.id.0,
        rep.user_id().0,
        reason.as_str(),
        now,
        ends_at,
    )
    .execute(&mut *transaction)
    .await
    .map_err(|error| match database::violated_constraint(&error) {
        Some("rep_visits_open_key") => Error::Conflict("Your visit has just begun elsewhere."),
        _ => error.into(),
    })?;
    let details = json!({ "reason": reason.as_str(), "minutes": VISIT.whole_minutes() });
    audit::record(&mut transaction, &rep.on(tenant.id), Action::RepEntered, id, details).await?;
    transaction.commit().await?;
    Ok(ends_at)
}

/// Ends the visit before its time. One that has ended stays as it is.
pub async fn leave(backend: &Backend, rep: &Rep, slug: &str) -> Result<()> {
    let tenant = tenant(backend, rep, slug).await?;
    let now = backend.clock.now();
    let mut transaction = database::tenant::begin(&backend.pools.rep, tenant.id).await?;
    let ended = sqlx::query_scalar!(
        "update rep_visits set ended_at = $2
         where user_id = $1 and ended_at is null and ends_at > $2 returning id",
        rep.user_id().0,
        now,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(id) = ended else { return Ok(()) };
    audit::record(&mut transaction, &rep.on(tenant.id), Action::RepLeft, id, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Origin;
    use crate::members::{Member, Role, enter, leave as leave_organization};
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn because(reason: &str) -> VisitForm {
        VisitForm { reason: reason.to_owned() }
    }

    #[sqlx::test(migrations = false)]
    async fn a_visit_only_looks_and_ends_by_itself(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "delphos").await?);
        world.admin("two", "delphos").await?;
        let backend = &world.backend;
        let inside = async |slug: &str| -> Result<Member> {
            enter(backend, rep.user_id(), slug, Origin::default()).await
        };
        assert_eq!(inside("one").await.map(|_| ()), Err(Error::NotFound));
        let unsaid = begin(backend, &rep, "one", &because("  ")).await;
        assert_eq!(unsaid, Err(Error::invalid("reason", crate::Rule::Empty)));
        let ends_at = begin(backend, &rep, "one", &because("Ticket 4711")).await?;
        let visitor = inside("one").await?;
        // The database keeps microseconds.
        let same = |at: OffsetDateTime| (at - ends_at).abs() < Duration::MILLISECOND;
        assert_eq!(visitor.role(), Role::Viewer);
        assert!(visitor.visit_ends_at().is_some_and(same));
        assert!(visitor.admin().is_err(), "a visitor changes nothing");
        assert_eq!(leave_organization(backend, &visitor).await, Err(Error::NotFound));
        assert_eq!(inside("two").await.map(|_| ()), Err(Error::NotFound));

        world.clock.set(ends_at - Duration::SECOND);
        inside("one").await?;
        world.clock.set(ends_at);
        assert_eq!(inside("one").await.map(|_| ()), Err(Error::NotFound));
        leave(backend, &rep, "one").await?;
        assert_eq!(world.actions(&admin).await?, ["rep.entered"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_second_visit_replaces_the_first_and_leaving_ends_it(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "delphos").await?);
        let backend = &world.backend;
        begin(backend, &rep, "one", &because("First")).await?;
        world.clock.set(backend.clock.now() + Duration::minutes(20));
        let ends_at = begin(backend, &rep, "one", &because("Second")).await?;
        world.clock.set(ends_at - Duration::minutes(5));
        enter(backend, rep.user_id(), "one", Origin::default()).await?;
        leave(backend, &rep, "one").await?;
        leave(backend, &rep, "one").await?;
        let gone = enter(backend, rep.user_id(), "one", Origin::default()).await;
        assert_eq!(gone.map(|_| ()), Err(Error::NotFound));
        assert_eq!(world.actions(&admin).await?, ["rep.entered", "rep.entered", "rep.left"]);
        Ok(())
    }
}
