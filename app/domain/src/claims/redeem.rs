//! Making the first key by a claim's link.

use serde_json::json;
use uuid::Uuid;

use super::Claim;
use crate::audit::{self, Action};
use crate::keys::create::{self, NewKey};
use crate::keys::mint::Minted;
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// The outcome of a form that redeems a claim.
#[derive(Clone, Debug)]
pub enum Redeemed {
    /// The key was made now.
    Now(Minted),
    /// The link does nothing any more, or not for this person; its page tells why.
    Not,
}

/// Makes the key, if the claim is open and the admin is who accepted its invitation. Copies of the
/// request wait for the claim's row, and find it used.
pub async fn redeem(
    backend: &Backend,
    admin: &Admin,
    claim: &Claim,
    new: &NewKey,
) -> Result<Redeemed> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let open = sqlx::query_scalar!(
        r#"select accepted_by = $2 as "theirs!"
           from key_claims join invitations on invitations.id = invitation_id
           where key_claims.id = $1 and claimed_at is null and key_claims.expires_at > $3
             and accepted_by is not null
           for update of key_claims"#,
        claim.id.0,
        admin.user_id().0,
        backend.clock.now(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if open != Some(true) {
        return Ok(Redeemed::Not);
    }
    // A claim works once, so its key needs no token of a form.
    let new = NewKey { form_token: Uuid::now_v7(), ..new.clone() };
    let minted = create::insert(backend, &mut transaction, admin, &new).await?;
    let Minted::Now(id, _) = &minted else {
        return Err(Error::Internal("a new token was taken for an old one".into()));
    };
    sqlx::query!(
        "update key_claims set claimed_at = $2, key_id = $3 where id = $1",
        claim.id.0,
        backend.clock.now(),
        id.0,
    )
    .execute(&mut *transaction)
    .await?;
    create::note(&mut transaction, admin, &new, *id).await?;
    let details = json!({ "key_id": id, "name": new.name.as_str() });
    audit::record(&mut transaction, admin, Action::ClaimUsed, claim.id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(Redeemed::Now(minted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Origin;
    use crate::claims::{ClaimState, LIFETIME, find};
    use crate::drafts::{Provisioned, provision, save, start};
    use crate::invitations::accept::{AccountForm, accept_as_new};
    use crate::keys::list::{KeyFilter, list};
    use crate::members::{Role, enter};
    use crate::tenants::{HandOver, Step};
    use crate::testing::{World, new_key, tenant_form};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    async fn provisioned(world: &World, slug: &str, profile: &str) -> Result<HandOver> {
        let rep = world.rep(&format!("rep-of-{slug}")).await?;
        let id = start(&world.backend, &rep).await?;
        for step in [Step::Organization, Step::Plan, Step::Approvals, Step::Admin] {
            save(&world.backend, &rep, id, step, &tenant_form(slug, profile)).await?;
        }
        match provision(&world.backend, &rep, id).await? {
            Provisioned::Now(made) => Ok(*made),
            Provisioned::Before(_) => Err(Error::NotFound),
        }
    }

    async fn joined(world: &World, made: &HandOver) -> Result<Admin> {
        let form = AccountForm {
            name: "First".to_owned(),
            password: "a long enough password".to_owned().into(),
        };
        let token = &made.letter.token;
        let joined = accept_as_new(&world.backend, token, form, Origin::default()).await?;
        let user_id = joined.ok_or(Error::NotFound)?.signed_in.user_id;
        enter(&world.backend, user_id, &made.organization.slug, Origin::default()).await?.admin()
    }

    async fn claim(world: &World, made: &HandOver) -> Result<Claim> {
        find(&world.backend, &made.claim).await?.ok_or(Error::NotFound)
    }

    #[sqlx::test(migrations = false)]
    async fn raced_a_hundred_times_it_makes_one_key(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let made = provisioned(&world, "one", "delphos").await?;
        let admin = Arc::new(joined(&world, &made).await?);
        assert_eq!(admin.role(), Role::Owner);
        let claim = Arc::new(claim(&world, &made).await?);
        let tries: Vec<_> = (0..100)
            .map(|_| {
                let (backend, admin, claim) =
                    (Arc::clone(&world.backend), Arc::clone(&admin), Arc::clone(&claim));
                tokio::spawn(
                    async move { redeem(&backend, &admin, &claim, &new_key("First")?).await },
                )
            })
            .collect();
        let mut keys = 0;
        for attempt in tries {
            let outcome = attempt.await.map_err(|error| Error::Internal(error.to_string()))??;
            keys += usize::from(matches!(outcome, Redeemed::Now(Minted::Now(..))));
        }
        assert_eq!(keys, 1);
        assert_eq!(list(&world.backend, &admin, &KeyFilter::default()).await?.1, 1);
        let state = find(&world.backend, &made.claim).await?.map(|claim| claim.state);
        assert_eq!(state, Some(ClaimState::Used));
        assert_eq!(
            world.actions(&admin).await?,
            [
                "organization.provisioned",
                "member.invited",
                "claim.made",
                "member.joined",
                "key.created",
                "claim.used"
            ]
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn only_for_whoever_accepted_only_in_time_and_only_through_open_gates(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let made = provisioned(&world, "one", "novamed").await?;
        let admin = joined(&world, &made).await?;
        let (backend, claim) = (&world.backend, claim(&world, &made).await?);
        let other = world.join(&admin, "second", Role::Owner).await?.admin()?;
        let foreign = world.admin("two", "delphos").await?;
        let new = new_key("First")?;
        for stranger in [&other, &foreign] {
            let outcome = redeem(backend, stranger, &claim, &new).await?;
            assert!(matches!(outcome, Redeemed::Not));
        }
        let closed = redeem(backend, &admin, &claim, &new).await;
        assert!(matches!(closed, Err(Error::Invalid(_))), "no approval: {closed:?}");
        let now = backend.clock.now();
        world.clock.set(now + LIFETIME);
        assert!(matches!(redeem(backend, &admin, &claim, &new).await?, Redeemed::Not));
        let state = find(backend, &made.claim).await?.map(|claim| claim.state);
        assert_eq!(state, Some(ClaimState::Expired));
        // The refusals have used nothing up.
        world.clock.set(now);
        let rep = world.rep("robin").await?;
        world.approve(&rep, &admin, crate::approvals::Gate::PartnerApproval).await?;
        world.approve(&rep, &admin, crate::approvals::Gate::Baa).await?;
        assert!(matches!(redeem(backend, &admin, &claim, &new).await?, Redeemed::Now(_)));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn without_its_token_no_claim_is_seen(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let made = provisioned(&world, "one", "delphos").await?;
        let other = crate::invitations::Token::mint()?;
        assert!(find(&world.backend, &other).await?.is_none());
        assert!(find(&world.backend, &made.letter.token).await?.is_none());
        for pool in [&world.backend.pools.auth, &world.backend.pools.app] {
            let claims: i64 =
                sqlx::query_scalar("select count(id) from key_claims").fetch_one(pool).await?;
            let invitations: i64 =
                sqlx::query_scalar("select count(id) from invitations").fetch_one(pool).await?;
            assert_eq!((claims, invitations), (0, 0));
        }
        // Whoever made it cannot read it back.
        let read =
            sqlx::query("select id from key_claims").fetch_all(&world.backend.pools.rep).await;
        assert!(read.is_err());
        Ok(())
    }
}
