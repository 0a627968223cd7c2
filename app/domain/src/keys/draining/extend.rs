//! More time for a former text.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::lock;
use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::overlap::Overlap;
use crate::keys::permit::permit;
use crate::members::Author;
use crate::{Backend, Error, Result, database};

/// How far ahead a former text may end.
pub const LONGEST: Duration = Duration::days(30);

/// Moves the end of the key's former text by so much, but not past the key's own. `seen` is the end
/// that the page showed: a form sent twice extends once.
pub async fn extend(
    backend: &Backend,
    author: &Author,
    key: KeyId,
    old: KeyId,
    by: Overlap,
    seen: OffsetDateTime,
) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, key).await?;
    let now = backend.clock.now();
    let live = lock(&mut transaction, key, old, now).await?;
    if live.expires_at != seen {
        return Err(Error::Conflict("The old key's end was changed meanwhile. Look at it again."));
    }
    let end = live.expires_at + by.duration();
    let end = live.key_expires_at.map_or(end, |most| end.min(most));
    if end > now + LONGEST {
        return Err(Error::Conflict("An old key may go on for 30 days at most."));
    }
    if end <= live.expires_at {
        return Err(Error::Conflict("The old key lasts as long as the key itself already."));
    }
    sqlx::query!("update api_keys set expires_at = $2 where id = $1", old.0, end)
        .execute(&mut *transaction)
        .await?;
    let details = json!({
        "old_key": live.last_four,
        "before": audit::time_text(live.expires_at),
        "after": audit::time_text(end),
    });
    audit::record(&mut transaction, author, Action::KeyDrainExtended, key.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::draining::list::old_texts;
    use crate::keys::regenerate::regenerate;
    use crate::testing::{World, regeneration};
    use crate::verification::{Demand, Outcome, Presented, Reason, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn the_end_moves_once_for_each_form(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        world.follow().await;
        let (id, text) = world.key(&admin, "Export").await?;
        let began = world.clock.now();
        let wanted = regeneration(&world.backend, &admin, id, Overlap::Hour).await?;
        regenerate(&world.backend, &admin, id, &wanted).await?;
        let texts = old_texts(&world.backend, &admin, id).await?;
        let (old, seen) = (texts[0].id, texts[0].ends_at);
        extend(&world.backend, &admin, id, old, Overlap::Day, seen).await?;
        let again = extend(&world.backend, &admin, id, old, Overlap::Day, seen).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        let outcome = || {
            let key = Some(text.key.expose().as_bytes());
            verify(&world.backend, Presented { key, secret: None }, Demand::default()).outcome()
        };
        world.pass_to(began + Duration::HOUR * 25 - Duration::SECOND).await;
        assert_eq!(outcome(), Outcome::Accepted);

        let mut seen = began + Duration::HOUR * 25;
        for _ in 0..4 {
            extend(&world.backend, &admin, id, old, Overlap::Week, seen).await?;
            seen += Duration::WEEK;
        }
        let far = extend(&world.backend, &admin, id, old, Overlap::Week, seen).await;
        assert!(matches!(far, Err(Error::Conflict(_))), "{far:?}");
        world.pass_to(seen).await;
        assert_eq!(outcome(), Outcome::Refused(Reason::Expired));
        let late = extend(&world.backend, &admin, id, old, Overlap::Hour, seen).await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
        Ok(())
    }
}
