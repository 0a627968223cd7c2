//! Revoking keys by the command line: in a rep's name, all of them or none.

use crate::ids::KeyId;
use crate::keys::revocation::Revocation;
use crate::keys::revoke;
use crate::organizations::list::tenant;
use crate::reps::Rep;
use crate::{Backend, Error, Result, database};

/// What became of one of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Revoked,
    /// It was revoked before.
    Before,
    /// The organization has no such key.
    NotFound,
}

/// Refuses the organization's keys for good, if it has all of them. `only_check` says what would
/// become of them, and leaves them as they are.
pub async fn revoke_by_command(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    keys: &[KeyId],
    why: &Revocation,
    only_check: bool,
) -> Result<Vec<(KeyId, Outcome)>> {
    let tenant = tenant(backend, rep, slug).await?;
    let mut transaction = database::tenant::begin(&backend.pools.app, tenant.id).await?;
    let (actor, why) = (rep.on(tenant.id), why.to_string());
    let mut outcomes = Vec::new();
    for id in keys {
        let outcome = match revoke::apply(backend, &mut transaction, &actor, *id, Some(&why)).await
        {
            Ok(true) => Outcome::Revoked,
            Ok(false) => Outcome::Before,
            Err(Error::NotFound) => Outcome::NotFound,
            Err(error) => return Err(error),
        };
        outcomes.push((*id, outcome));
    }
    let all = outcomes.iter().all(|(_, outcome)| *outcome != Outcome::NotFound);
    if all && !only_check {
        transaction.commit().await?;
        backend.directory.catch_up().await;
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyStatus;
    use crate::keys::get::get;
    use crate::keys::revocation::Because;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn all_are_revoked_or_none(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let rep = world.rep("robin").await?;
        let (ours, theirs) =
            (world.admin("one", "delphos").await?, world.admin("two", "delphos").await?);
        let ((one, _), (two, _), (foreign, _)) = (
            world.key(&ours, "One").await?,
            world.key(&ours, "Two").await?,
            world.key(&theirs, "Foreign").await?,
        );
        let why = Revocation { because: Because::Leaked, note: None };
        let status = async |id| Ok::<_, Error>(get(backend, &ours, id).await?.status);
        let mixed = [one, foreign];
        let outcomes = revoke_by_command(backend, &rep, "one", &mixed, &why, false).await?;
        assert_eq!(outcomes, [(one, Outcome::Revoked), (foreign, Outcome::NotFound)]);
        assert_eq!(status(one).await?, KeyStatus::Active);
        revoke_by_command(backend, &rep, "one", &[one], &why, true).await?;
        assert_eq!(status(one).await?, KeyStatus::Active, "it was only a check");
        revoke_by_command(backend, &rep, "one", &[one, two], &why, false).await?;
        assert_eq!([status(one).await?, status(two).await?], [KeyStatus::Revoked; 2]);
        let again = revoke_by_command(backend, &rep, "one", &[one], &why, false).await?;
        assert_eq!(again, [(one, Outcome::Before)]);
        assert_eq!(get(backend, &ours, two).await?.revoked_reason.as_deref(), Some("Leaked"));
        Ok(())
    }
}
