//! Dropping notes of changes that nobody needs any more.

use sqlx::PgConnection;
use time::Duration;

use crate::Result;

/// Notes are kept this long at least; a reader that was away longer loads everything.
pub(super) const NOTES_KEPT: Duration = Duration::HOUR;

/// Drops old notes that every running node has applied. Both the age and the nodes' applied
/// snapshots count: the machine's clock may be wrong, and the note of a transaction that stayed
/// open for long is old before anybody can have seen it.
pub(super) async fn prune(connection: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "delete from key_change
         where at < now() - make_interval(secs => $1)
           and not exists (
               select from nodes
               where heartbeat_at > now() - make_interval(secs => $1)
                 and not pg_visible_in_snapshot(xid, applied)
           )",
        NOTES_KEPT.as_seconds_f64(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn only_what_is_old_and_applied_everywhere_is_dropped(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let mut connection = world.owner.connect().await?;
        let mut validator = world.backend.pools.validator.acquire().await?;
        sqlx::raw_sql(
            "delete from key_change;
             insert into nodes (id, name, applied, keys) values (gen_random_uuid(), 'other', pg_current_snapshot(), 0);
             insert into key_change (entity, entity_id, at) values
                 ('channels', gen_random_uuid(), now() - interval '2 hours'),
                 ('channels', gen_random_uuid(), now() - interval '50 minutes')",
        )
        .execute(&mut connection)
        .await?;
        let mut left = async || -> Result<i64> {
            prune(&mut validator).await?;
            let count = "select count(*) from key_change";
            Ok(sqlx::query_scalar(count).fetch_one(&mut *validator).await?)
        };
        assert_eq!(left().await?, 2, "the other node has not seen them");
        for (change, expected) in [
            ("update nodes set applied = pg_current_snapshot()", 1),
            // Like that of a transaction which has been open for long.
            (
                "update key_change set xid = pg_current_xact_id(), at = now() - interval '2 hours'",
                1,
            ),
            // It is gone: if it comes back, it loads everything.
            ("update nodes set heartbeat_at = now() - interval '61 minutes'", 0),
        ] {
            sqlx::query(change).execute(&mut connection).await?;
            assert_eq!(left().await?, expected, "{change}");
        }
        Ok(())
    }
}
