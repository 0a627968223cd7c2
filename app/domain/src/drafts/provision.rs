//! From a draft to an organization.

use super::begin;
use crate::ids::DraftId;
use crate::reps::Rep;
use crate::tenants::provision::{check_free, insert};
use crate::tenants::{HandOver, NewTenant, TenantForm};
use crate::{Backend, Error, Result};

/// The outcome of a form that provisions.
#[derive(Clone, Debug)]
pub enum Provisioned {
    /// Made now; the links in it are never to be had again.
    Now(Box<HandOver>),
    /// An earlier copy of the form made the organization with this slug.
    Before(String),
}

/// Makes the organization that the draft describes, once: copies of the form wait for the draft's
/// row and find out.
pub async fn provision(backend: &Backend, rep: &Rep, id: DraftId) -> Result<Provisioned> {
    let mut transaction = begin(backend, rep).await?;
    let draft = sqlx::query!(
        "select answers, provisioned_as from tenant_drafts where id = $1 for update",
        id.0
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if let Some(made) = draft.provisioned_as {
        let slug = sqlx::query_scalar!("select slug from organizations where id = $1", made)
            .fetch_one(&mut *transaction)
            .await?;
        return Ok(Provisioned::Before(slug));
    }
    let answers: TenantForm = serde_json::from_value(draft.answers)
        .map_err(|error| Error::Internal(format!("a draft cannot be read: {error}")))?;
    let new = NewTenant::parse(&answers, &backend.profiles, backend.clock.now().date())?;
    check_free(&mut transaction, &new).await?;
    let hand_over = insert(backend, &mut transaction, rep, &new).await?;
    // What was typed is in the organization now. Only that it has become one has to be known.
    sqlx::query!(
        "update tenant_drafts set provisioned_as = $2, answers = '{}' where id = $1",
        id.0,
        hand_over.organization.id.0,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(Provisioned::Now(Box::new(hand_over)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;
    use crate::drafts::{discard, get, list, save, start};
    use crate::organizations::Plan;
    use crate::organizations::list::{TenantFilter, list as tenants};
    use crate::tenants::Step;
    use crate::testing::{World, tenant_form};
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    async fn filled(world: &World, rep: &Rep, form: &TenantForm) -> Result<DraftId> {
        let id = start(&world.backend, rep).await?;
        for step in [Step::Organization, Step::Plan, Step::Approvals, Step::Admin] {
            save(&world.backend, rep, id, step, form).await?;
        }
        Ok(id)
    }

    #[sqlx::test(migrations = false)]
    async fn raced_a_hundred_times_it_makes_one_organization(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let rep = Arc::new(world.rep("robin").await?);
        let id = filled(&world, &rep, &tenant_form("one", "novamed")).await?;
        let tries: Vec<_> = (0..100)
            .map(|_| {
                let (backend, rep) = (Arc::clone(&world.backend), Arc::clone(&rep));
                tokio::spawn(async move { provision(&backend, &rep, id).await })
            })
            .collect();
        let (mut now, mut before) = (0, 0);
        for attempt in tries {
            match attempt.await.map_err(|error| Error::Internal(error.to_string()))?? {
                Provisioned::Now(_) => now += 1,
                Provisioned::Before(slug) if slug == "one" => before += 1,
                Provisioned::Before(slug) => panic!("{slug}"),
            }
        }
        assert_eq!((now, before), (1, 99));
        assert_eq!(tenants(&world.backend, &rep, &TenantFilter::default()).await?.1, 1);
        let mut connection = world.owner.connect().await?;
        let actions: Vec<String> =
            sqlx::query_scalar("select actor_kind || ' ' || action from audit_events order by seq")
                .fetch_all(&mut connection)
                .await?;
        assert_eq!(
            actions,
            ["rep organization.provisioned", "rep member.invited", "rep claim.made"]
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_draft_is_its_reps_own_and_keeps_each_step(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, rep) = (&world.backend, world.rep("robin").await?);
        let other = world.rep("other").await?;
        world.admin("taken", "delphos").await?;
        let id = start(backend, &rep).await?;
        let form = tenant_form("one", "delphos");
        save(backend, &rep, id, Step::Organization, &form).await?;
        let broken = TenantForm { plan: "gold".into(), ..form.clone() };
        let refused = save(backend, &rep, id, Step::Plan, &broken).await;
        assert_eq!(refused, Err(Error::invalid("plan", Rule::among(Plan::ALL.map(Plan::as_str)))));
        let taken = TenantForm { slug: "taken".into(), ..form.clone() };
        let refused = save(backend, &rep, id, Step::Organization, &taken).await;
        assert_eq!(refused, Err(Error::invalid("slug", Rule::Taken)));
        let draft = get(backend, &rep, id).await?;
        assert_eq!((draft.step, draft.answers.slug.as_str()), (Step::Plan, "one"));
        assert!(draft.answers.plan.is_empty() && draft.answers.email.is_empty());
        // Not all is there yet.
        assert!(matches!(provision(backend, &rep, id).await, Err(Error::Invalid(_))));

        assert_eq!(get(backend, &other, id).await.map(|_| ()), Err(Error::NotFound));
        let foreign = save(backend, &other, id, Step::Plan, &form).await;
        assert_eq!(foreign, Err(Error::NotFound));
        assert_eq!(provision(backend, &other, id).await.map(|_| ()), Err(Error::NotFound));
        assert_eq!(discard(backend, &other, id).await, Err(Error::NotFound));
        assert_eq!((list(backend, &rep).await?.len(), list(backend, &other).await?.len()), (1, 0));
        discard(backend, &rep, id).await?;
        assert!(list(backend, &rep).await?.is_empty());
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_rep_cannot_invite_a_rep(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let rep = world.rep("robin").await?;
        let form =
            TenantForm { email: "Robin@vendor.example".into(), ..tenant_form("one", "delphos") };
        let refused = filled(&world, &rep, &form).await;
        assert_eq!(refused, Err(Error::invalid("email", Rule::IsARep)));
        Ok(())
    }
}
