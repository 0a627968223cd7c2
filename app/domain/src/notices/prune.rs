//! Forgetting notices that are old.

use super::KEPT_FOR;
use crate::{Backend, Result};

/// Takes old notices away, and their deliveries with them; what still waits stays.
pub async fn prune(backend: &Backend) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from notices
         where at < $1
           and not exists (select from notice_deliveries
                           where notice_deliveries.organization_id = notices.organization_id
                             and notice_id = notices.id and status = 'WAITING')",
        backend.clock.now() - KEPT_FOR,
    )
    .execute(&backend.pools.validator)
    .await?;
    Ok(gone.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::revoke::revoke;
    use crate::notices::claim::claim;
    use crate::notices::list::list;
    use crate::notices::settle::{Outcome, settle};
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    #[sqlx::test(migrations = false)]
    async fn what_waits_stays(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let hook = world.webhook(&admin).await?;
        let (key, _) = world.key(&admin, "Export").await?;
        revoke(backend, &admin, key).await?;
        world.clock.set(world.clock.now() + KEPT_FOR + Duration::HOUR);
        assert_eq!(prune(backend).await?, 0);
        let taken = claim(backend, 1).await?;
        settle(backend, &taken[0], Outcome::Answered(200)).await?;
        assert_eq!(list(backend, &admin, hook, 1).await?.1, 1);
        assert_eq!(prune(backend).await?, 1);
        assert_eq!(list(backend, &admin, hook, 1).await?.1, 0);
        Ok(())
    }
}
