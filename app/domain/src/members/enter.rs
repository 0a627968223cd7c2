//! Entering an organization: from a signed-in user and an address to the proof of membership.

use crate::audit::Origin;
use crate::ids::{OrganizationId, UserId};
use crate::members::{Member, Role};
use crate::organizations::Organization;
use crate::{Backend, Error, Result};

/// The user's membership of the organization with this slug. An organization that is not theirs
/// looks like one that does not exist. What they change is recorded as coming from `origin`.
pub async fn enter(
    backend: &Backend,
    user_id: UserId,
    slug: &str,
    origin: Origin,
) -> Result<Member> {
    let row = sqlx::query!(
        "select organizations.id, slug, name, profile, status, external_id, role
         from organizations join members on members.organization_id = organizations.id
         where slug = $1 and user_id = $2",
        slug,
        user_id.0,
    )
    .fetch_optional(&backend.pools.auth)
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Member {
        user_id,
        organization: Organization {
            id: OrganizationId(row.id),
            slug: row.slug,
            name: row.name,
            profile: row.profile,
            suspended: row.status != "ACTIVE",
            external_id: row.external_id,
        },
        role: Role::named(&row.role).ok_or(Error::NotFound)?,
        origin,
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
