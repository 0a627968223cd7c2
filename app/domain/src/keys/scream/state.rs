//! A key's latest scream test.

use time::{Duration, OffsetDateTime};

use crate::access_log::callers::{Callers, of_refused};
use crate::ids::KeyId;
use crate::members::Member;
use crate::{Backend, Result, database};

/// For how long an ended test is still shown.
const SHOWN_AFTER_END: Duration = Duration::WEEK;

/// When it was, and who failed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scream {
    pub began_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    /// Whether it is not over yet.
    pub under_way: bool,
    pub begun_by: String,
    /// Whose calls it refused, as the access log has them.
    pub failed: Callers,
}

/// The key's latest, unless it was long ago.
pub async fn latest(backend: &Backend, member: &Member, id: KeyId) -> Result<Option<Scream>> {
    let now = backend.clock.now();
    let shown_since: OffsetDateTime = now - SHOWN_AFTER_END;
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let row = sqlx::query!(
        r#"select scream_from as "from!", scream_until as "until!", users.name as "name?"
           from api_keys left join users on users.id = scream_by
           where api_keys.id = $1 and draining_of is null and scream_until > $2"#,
        id.0,
        shown_since,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let Some(row) = row else { return Ok(None) };
    let failed = of_refused(backend, member, id, row.from, row.until).await?;
    Ok(Some(Scream {
        began_at: row.from,
        ends_at: row.until,
        under_way: row.until > now,
        begun_by: row.name.unwrap_or_else(|| "a former member".to_owned()),
        failed,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::begin::begin;
    use super::super::end::end;
    use super::super::note::note;
    use super::super::{LONGEST_MINUTES, Length, OTHER, ScreamForm};
    use super::*;
    use crate::Error;
    use crate::keys::disable::{disable, enable};
    use crate::keys::mint::{Credentials, Minted};
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::keys::revoke::revoke;
    use crate::members::Role;
    use crate::testing::{World, regeneration};
    use crate::verification::{Demand, Presented, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    fn length(minutes: &str, other: &str) -> Result<Length> {
        let (minutes, other_minutes) = (minutes.to_owned(), other.to_owned());
        Length::parse(&ScreamForm { minutes, other_minutes })
    }

    fn outcome(world: &World, credentials: &Credentials) -> &'static str {
        let key = Some(credentials.key.expose().as_bytes());
        verify(&world.backend, Presented { key, secret: None }, Demand::default())
            .outcome()
            .as_str()
    }

    #[test]
    fn a_day_is_the_longest() {
        for (minutes, other, wanted) in
            [("5", "", 5), ("60", "x", 60), (OTHER, " 90 ", 90), (OTHER, "1440", LONGEST_MINUTES)]
        {
            assert_eq!(length(minutes, other).map(Length::minutes), Ok(wanted));
        }
        for (minutes, other, field) in [
            ("", "5", "minutes"),
            ("0", "", "minutes"),
            (OTHER, "", "other_minutes"),
            (OTHER, "1441", "other_minutes"),
            (OTHER, "-5", "other_minutes"),
        ] {
            let refused = length(minutes, other);
            assert!(
                matches!(&refused, Err(Error::Invalid(errors)) if errors[0].field == field),
                "{minutes} {other}: {refused:?}"
            );
        }
    }

    #[sqlx::test(migrations = false)]
    async fn it_ends_by_itself_and_says_who_failed(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, old) = world.key(&admin, "Export").await?;
        let wanted = regeneration(&world.backend, &admin, id, Overlap::Day).await?;
        let Minted::Now(_, new) = regenerate(&world.backend, &admin, id, &wanted).await? else {
            return Err(Error::NotFound);
        };
        world.follow().await;
        let both = |world: &World| [outcome(world, &old), outcome(world, &new)];
        assert_eq!(both(&world), ["accepted"; 2]);
        let start = world.clock.now();
        begin(&world.backend, &admin, id, length("5", "")?).await?;
        assert_eq!(both(&world), ["disabled"; 2], "former texts are what their key is");
        world.call(&new, "/a/1", "192.0.2.1", 401);
        world.call(&new, "/a/2", "192.0.2.1", 401);
        world.call(&old, "/a/2", "192.0.2.2", 401);
        let again = begin(&world.backend, &admin, id, length("5", "")?).await;
        assert!(matches!(again, Err(Error::Conflict(_))));

        // A text that becomes a former one meanwhile is refused as well.
        let wanted = regeneration(&world.backend, &admin, id, Overlap::Day).await?;
        let Minted::Now(_, newest) = regenerate(&world.backend, &admin, id, &wanted).await? else {
            return Err(Error::NotFound);
        };
        assert_eq!(outcome(&world, &newest), "disabled");
        world.pass_to(start + Duration::minutes(5) - Duration::MILLISECOND).await;
        assert_eq!([both(&world)[1], outcome(&world, &newest)], ["disabled"; 2]);
        // No program has to do anything for it to end.
        world.clock.set(start + Duration::minutes(5));
        assert_eq!(both(&world), ["accepted"; 2]);
        assert_eq!(outcome(&world, &newest), "accepted");
        world.call(&new, "/after", "192.0.2.9", 200);
        world.write_log().await;

        let scream = latest(&world.backend, &admin, id).await?.ok_or(Error::NotFound)?;
        assert_eq!((scream.under_way, scream.begun_by.as_str()), (false, "admin of one"));
        assert_eq!(scream.failed.calls, 3);
        let callers =
            scream.failed.callers.iter().map(|caller| (caller.ip.as_deref(), caller.calls));
        assert_eq!(callers.collect::<Vec<_>>(), [(Some("192.0.2.1"), 2), (Some("192.0.2.2"), 1)]);

        // Noted once, by however many programs.
        let (one, two) = tokio::join!(note(&world.backend), note(&world.backend));
        one.and(two)?;
        let actions = world.actions(&admin).await?;
        let of_tests: Vec<_> = actions.iter().filter(|it| it.starts_with("key.scream")).collect();
        assert_eq!(of_tests, ["key.scream_test_begun", "key.scream_test_ended"]);
        end(&world.backend, &admin, id).await?;
        assert_eq!(world.actions(&admin).await?.len(), actions.len(), "there is nothing to end");
        world.clock.set(start + Duration::days(8));
        assert_eq!(latest(&world.backend, &admin, id).await?, None);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_directory_that_is_loaded_anew_knows_when_it_ends(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, key) = world.key(&admin, "Export").await?;
        begin(&world.backend, &admin, id, length(OTHER, "1440")?).await?;
        // As after a restart: nothing was in memory.
        world.follow().await;
        assert_eq!(outcome(&world, &key), "disabled");
        world.pass_to(world.clock.now() + Duration::DAY).await;
        assert_eq!(outcome(&world, &key), "accepted");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn what_is_stopped_for_good_stays_stopped(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        world.follow().await;
        for early in [true, false] {
            for (stopped, wanted) in [("disabled", "disabled"), ("revoked", "revoked")] {
                let name = format!("{stopped} {early}");
                let (id, key) = world.key(&admin, &name).await?;
                begin(&world.backend, &admin, id, length("15", "")?).await?;
                match stopped {
                    "disabled" => disable(&world.backend, &admin, id).await?,
                    _ => revoke(&world.backend, &admin, id).await?,
                }
                if early {
                    end(&world.backend, &admin, id).await?;
                } else {
                    world.pass_to(world.clock.now() + Duration::minutes(16)).await;
                    note(&world.backend).await?;
                }
                world.backend.directory.catch_up().await;
                assert_eq!(outcome(&world, &key), wanted, "{name}");
            }
        }
        let (id, key) = world.key(&admin, "enabled").await?;
        begin(&world.backend, &admin, id, length("15", "")?).await?;
        disable(&world.backend, &admin, id).await?;
        enable(&world.backend, &admin, id).await?;
        assert_eq!(outcome(&world, &key), "disabled", "the test goes on");
        end(&world.backend, &admin, id).await?;
        assert_eq!(outcome(&world, &key), "accepted");
        disable(&world.backend, &admin, id).await?;
        let none = begin(&world.backend, &admin, id, length("15", "")?).await;
        assert!(matches!(none, Err(Error::Conflict(_))));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn nobody_tests_others_keys(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let (id, _) = world.key(&admin, "Export").await?;
        let other = world.admin("two", "delphos").await?;
        let developer = world.join(&admin, "dev", Role::Developer).await?.author()?;
        for author in [&*other, &developer] {
            let begun = begin(&world.backend, author, id, length("5", "")?).await;
            assert!(matches!(begun, Err(Error::NotFound | Error::Forbidden { .. })), "{begun:?}");
        }
        assert_eq!(latest(&world.backend, &other, id).await?, None);
        Ok(())
    }
}
