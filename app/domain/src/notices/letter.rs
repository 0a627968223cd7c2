//! What a letter about a key's end says, and to whom it goes.

use time::OffsetDateTime;

use super::claim::{Claimed, Recipient};
use crate::ids::KeyId;
use crate::{Backend, Result, database};

/// A letter to one of an organization's owners or admins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryLetter {
    pub email: String,
    pub organization: String,
    pub slug: String,
    pub key: KeyId,
    pub key_name: String,
    /// Prefix and last four characters.
    pub hint: String,
    pub expires_at: OffsetDateTime,
    /// 0: the key has expired.
    pub days_before: i16,
}

/// The delivery as a letter. `None` where it is none, or where the member does not look after keys
/// any more.
pub async fn letter(backend: &Backend, claimed: &Claimed) -> Result<Option<ExpiryLetter>> {
    let Recipient::Member(member) = claimed.to else { return Ok(None) };
    let mut transaction = database::tenant::begin(&backend.pools.app, claimed.organization).await?;
    let row = sqlx::query!(
        r#"select email, organizations.name as organization, slug, api_keys.id as key_id,
                  api_keys.name as key_name, prefix, last_four,
                  notices.expires_at as "expires_at!", days_before as "days_before!"
           from notices
           join organizations on organizations.id = notices.organization_id
           join api_keys on api_keys.id = key_id
           join members on members.user_id = $2 and role in ('owner', 'admin')
           join users on users.id = members.user_id
           where notices.id = $1 and days_before is not null"#,
        claimed.notice.0,
        member.0,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    Ok(row.map(|row| ExpiryLetter {
        email: row.email,
        organization: row.organization,
        slug: row.slug,
        key: KeyId(row.key_id),
        key_name: row.key_name,
        hint: format!("{}…{}", row.prefix, row.last_four),
        expires_at: row.expires_at,
        days_before: row.days_before,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::create::create;
    use crate::members::{Role, change_role, remove};
    use crate::notices::claim::claim;
    use crate::notices::due::note_due;
    use crate::testing::{World, fresh, new_key};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    #[sqlx::test(migrations = false)]
    async fn goes_to_those_who_look_after_keys_now(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.owner_of("one").await?);
        let demoted = world.join(&admin, "demoted", Role::Admin).await?.user_id();
        let gone = world.join(&admin, "gone", Role::Admin).await?.user_id();
        let mut new = new_key("Export")?;
        new.lifetime = Some(Duration::days(30));
        create(backend, &admin, &new).await?;
        world.clock.set(world.clock.now() + Duration::days(29));
        assert_eq!(note_due(backend, true).await?, 1);
        change_role(backend, &admin, demoted, Role::Admin, Role::Viewer, fresh()).await?;
        remove(backend, &admin, gone, &fresh()?).await?;
        let mut letters = Vec::new();
        for claimed in claim(backend, 10).await? {
            letters.push(letter(backend, &claimed).await?);
        }
        assert_eq!(letters.len(), 2, "the one who has gone gets nothing at all");
        let letters: Vec<_> = letters.into_iter().flatten().collect();
        let [letter] = letters.as_slice() else { panic!("{letters:?}") };
        assert_eq!((letter.email.as_str(), letter.days_before), ("owner@one.example", 1));
        assert_eq!((letter.key_name.as_str(), letter.slug.as_str()), ("Export", "one"));
        Ok(())
    }
}
