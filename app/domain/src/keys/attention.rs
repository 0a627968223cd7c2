//! Keys that somebody should look at: of no use any more, soon to end, or less safe than they could
//! be.

use time::{Duration, OffsetDateTime};

use crate::members::Member;
use crate::{Backend, Result, database};

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Accepted, and not used for 90 days.
    Unused,
    /// Accepted for 14 days more at most.
    Expiring,
    /// Accepted without a secret, where keys are pairs. A login has none by its nature.
    Secretless,
}

impl Attention {
    /// The most urgent first.
    pub const ALL: [Self; 3] = [Self::Expiring, Self::Unused, Self::Secretless];

    /// As it stands in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Expiring => "expiring",
            Self::Secretless => "secretless",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Since when a key must not have been used to count as unused.
pub(super) fn unused_since(now: OffsetDateTime) -> OffsetDateTime {
    now - Duration::days(90)
}

/// Until when a key that expires counts as expiring.
pub(super) fn expiring_until(now: OffsetDateTime) -> OffsetDateTime {
    now + Duration::days(14)
}

/// How many keys need which attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    unused: i64,
    expiring: i64,
    secretless: i64,
}

impl Counts {
    pub fn of(self, kind: Attention) -> i64 {
        match kind {
            Attention::Unused => self.unused,
            Attention::Expiring => self.expiring,
            Attention::Secretless => self.secretless,
        }
    }
}

/// The organization's, as many of each as the list has.
pub async fn count(backend: &Backend, member: &Member) -> Result<Counts> {
    let now = backend.clock.now();
    let pairs = backend.profiles.of(member.organization())?.has_secrets();
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    // As keys/list.rs tells them apart.
    let row = sqlx::query!(
        r#"select count(*) filter (
                      where greatest(issued_at, coalesce(last_used_at, issued_at)) <= $2) as "unused!",
                  count(*) filter (where expires_at <= $3) as "expiring!",
                  count(*) filter (
                      where $4 and not secret_required and not app.is_login(login_user_id, prefix)) as "secretless!"
           from api_keys left join key_activity on key_id = id
           where status = 'ACTIVE' and draining_of is null and coalesce(expires_at > $1, true)"#,
        now,
        unused_since(now),
        expiring_until(now),
        pairs,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Counts { unused: row.unused, expiring: row.expiring, secretless: row.secretless })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::create::{NewKey, create};
    use crate::keys::disable::disable;
    use crate::keys::list::{KeyFilter, list};
    use crate::testing::{World, new_key};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    /// The names of the listed, beside how many the overview counts.
    async fn found(world: &World, member: &Member, kind: Attention) -> Result<(Vec<String>, i64)> {
        let filter = KeyFilter { attention: Some(kind), ..KeyFilter::default() };
        let (keys, total) = list(&world.backend, member, &filter).await?;
        let counted = count(&world.backend, member).await?.of(kind);
        assert_eq!(total, counted, "{kind:?}");
        let mut names: Vec<_> = keys.into_iter().map(|key| key.name).collect();
        names.sort();
        Ok((names, counted))
    }

    #[sqlx::test(migrations = false)]
    async fn lists_and_counts_agree(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delivr").await?;
        let other = world.admin("two", "delphos").await?;
        let start = world.clock.now();
        let lasting = |name: &str, days| -> Result<NewKey> {
            Ok(NewKey { lifetime: Some(Duration::days(days)), ..new_key(name)? })
        };
        create(&world.backend, &admin, &new_key("idle")?).await?;
        let (off, _) = world.key(&admin, "off").await?;
        disable(&world.backend, &admin, off).await?;
        create(&world.backend, &admin, &lasting("brief", 100)?).await?;
        let gone = NewKey { secret_required: true, ..lasting("gone", 30)? };
        create(&world.backend, &admin, &gone).await?;
        let (busy, _) = world.key(&admin, "busy").await?;
        world.key(&other, "theirs").await?;
        for kind in [Attention::Unused, Attention::Expiring] {
            assert_eq!(found(&world, &admin, kind).await?, (vec![], 0), "{kind:?}");
        }
        let without = found(&world, &admin, Attention::Secretless).await?;
        assert_eq!(without, (["brief", "busy", "idle"].map(str::to_owned).to_vec(), 3));
        assert_eq!(found(&world, &other, Attention::Secretless).await?.1, 0, "no pairs there");

        let mut owner = sqlx::ConnectOptions::connect(&world.owner).await?;
        sqlx::query(
            "insert into key_activity (key_id, organization_id, last_seen_at, last_used_at)
             select id, organization_id, $2, $2 from api_keys where id = $1",
        )
        .bind(busy.0)
        .bind(start + Duration::days(5))
        .execute(&mut owner)
        .await?;
        world.clock.set(start + Duration::days(90) + Duration::MINUTE);
        let unused = found(&world, &admin, Attention::Unused).await?;
        assert_eq!(unused.0, ["brief", "idle"]);
        assert_eq!(found(&world, &admin, Attention::Expiring).await?.0, ["brief"]);
        world.clock.set(start + Duration::days(101));
        assert_eq!(found(&world, &admin, Attention::Unused).await?.0, ["busy", "idle"]);
        assert_eq!(found(&world, &admin, Attention::Expiring).await?.1, 0);
        // Looked after anew, it has its time again.
        sqlx::query("update api_keys set issued_at = $1 where name = 'idle'")
            .bind(start + Duration::days(100))
            .execute(&mut owner)
            .await?;
        assert_eq!(found(&world, &admin, Attention::Unused).await?.0, ["busy"]);
        assert_eq!(found(&world, &other, Attention::Unused).await?.0, ["theirs"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_login_needs_no_secret(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delivr").await?;
        world.key(&admin, "plain").await?;
        let (login, _) = world.key(&admin, "login").await?;
        let (former, _) = world.key(&admin, "was a login").await?;
        let mut owner = sqlx::ConnectOptions::connect(&world.owner).await?;
        let without = found(&world, &admin, Attention::Secretless).await?;
        assert_eq!(without.1, 3);
        sqlx::query(
            "update api_keys set login_user_id = created_by,
                    prefix = 'login' where id = $1",
        )
        .bind(login.0)
        .execute(&mut owner)
        .await?;
        // A key with a text of its own may have one.
        sqlx::query("update api_keys set prefix = 'login' where id = $1")
            .bind(former.0)
            .execute(&mut owner)
            .await?;
        let without = found(&world, &admin, Attention::Secretless).await?;
        assert_eq!(without, (["plain", "was a login"].map(str::to_owned).to_vec(), 2));
        Ok(())
    }
}
