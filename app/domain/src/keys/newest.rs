//! The newest keys by name, for a list to choose from.

use crate::ids::KeyId;
use crate::members::Member;
use crate::{Backend, Result, database};

/// As many as a list of choices can hold.
const MOST: i64 = 50;

/// A key that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    pub id: KeyId,
    pub name: String,
}

/// The organization's newest keys, the newest first, whatever state they are in. Former texts are
/// no keys of their own.
pub async fn newest(backend: &Backend, member: &Member) -> Result<Vec<NamedKey>> {
    let organization = member.organization().id;
    let mut transaction = database::tenant::begin(&backend.pools.app, organization).await?;
    let rows = sqlx::query!(
        "select id, name from api_keys
         where organization_id = $1 and draining_of is null
         order by created_at desc, id limit $2",
        organization.0,
        MOST,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows.into_iter().map(|row| NamedKey { id: KeyId(row.id), name: row.name }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::testing::{World, regeneration};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn own_keys_newest_first_without_former_texts(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let other = world.admin("two", "delphos").await?;
        world.key(&other, "Theirs").await?;
        let (first, _) = world.key(&admin, "First").await?;
        world.key(&admin, "Second").await?;
        let wanted = regeneration(&world.backend, &admin, first, Overlap::Day).await?;
        regenerate(&world.backend, &admin, first, &wanted).await?;
        let names = newest(&world.backend, &admin).await?;
        let names: Vec<_> = names.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names, ["Second", "First"]);
        Ok(())
    }
}
