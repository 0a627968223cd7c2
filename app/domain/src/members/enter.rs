//! Entering an organization: from a signed-in user and an address to the proof of membership.

use crate::audit::Origin;
use crate::ids::{OrganizationId, UserId};
use crate::members::{Member, Role};
use crate::organizations::Organization;
use crate::{Backend, Error, Result};

/// The user's membership of the organization with this slug, or the visit that one of the vendor's
/// staff is on. An organization that is not theirs looks like one that does not exist, and one that
/// asks for a second factor lets nobody in without ([`Error::SecondFactorNeeded`]). What they change
/// is recorded as coming from `origin`.
pub async fn enter(
    backend: &Backend,
    user_id: UserId,
    slug: &str,
    origin: Origin,
) -> Result<Member> {
    let row = sqlx::query!(
        r#"select organizations.id, slug, name, profile, status, external_id, suspended_reason,
                  time_zone,
                  role as "role?", ends_at as "visit_ends_at?",
                  second_factor_required and not exists (
                      select from second_factors
                      where second_factors.user_id = $2 and confirmed_at is not null)
                  as "lacks_factor!"
           from organizations
           left join members on members.organization_id = organizations.id and members.user_id = $2
           left join (select organization_id, ends_at
                      from rep_visits join users on users.id = user_id and is_rep
                      where user_id = $2 and ended_at is null and ends_at > $3) visit
                  on visit.organization_id = organizations.id and role is null
           where slug = $1 and (role is not null or ends_at is not null)"#,
        slug,
        user_id.0,
        backend.clock.now(),
    )
    .fetch_optional(&backend.pools.auth)
    .await?
    .ok_or(Error::NotFound)?;
    if row.lacks_factor {
        return Err(Error::SecondFactorNeeded);
    }
    Ok(Member {
        user_id,
        organization: Organization {
            id: OrganizationId(row.id),
            slug: row.slug,
            name: row.name,
            profile: row.profile,
            suspended: row.status != "ACTIVE",
            external_id: row.external_id,
            suspended_reason: row.suspended_reason,
            time_zone: row.time_zone,
        },
        role: match row.role {
            Some(role) => Role::named(&role).ok_or(Error::NotFound)?,
            None => Role::Viewer,
        },
        origin,
        visit_ends_at: row.visit_ends_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn only_members_enter_and_only_admins_change(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let viewer = world.member("a", "delphos", Role::Viewer).await?;
        let admin = world.admin("b", "delphos").await?;
        let entered = enter(&world.backend, viewer.user_id(), "b", Origin::default()).await;
        assert_eq!(entered.map(|_| ()), Err(Error::NotFound));
        assert_eq!(viewer.admin().map(|_| ()), Err(Error::Forbidden { needs: Role::Admin }));
        assert_eq!(admin.organization().slug, "b");
        Ok(())
    }
}
