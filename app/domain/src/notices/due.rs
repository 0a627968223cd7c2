//! Finding keys whose end comes near, or has come.

use serde_json::json;
use time::OffsetDateTime;

use super::note::{deliver_to, mail_to, organization_of, subscribers, write_of_key};
use super::{Event, NEWS_FOR};
use crate::ids::{KeyId, NoticeId, OrganizationId};
use crate::{Backend, Result, database};

/// Keys looked at in one go.
const BATCH: i64 = 500;

/// A key whose organization has to be told, and how many days before its end.
struct Due {
    key: KeyId,
    organization: OrganizationId,
    expires_at: OffsetDateTime,
    days_before: i16,
}

/// Writes the notices that are due, for all organizations, and says how many. Of several steps that
/// were missed, the last is told alone. `mails`: whether there is a mail server.
pub async fn note_due(backend: &Backend, mails: bool) -> Result<usize> {
    let mut written = 0;
    loop {
        let due = find(backend).await?;
        let whole = usize::try_from(BATCH).is_ok_and(|batch| due.len() == batch);
        for one in due {
            written += usize::from(tell(backend, &one, mails).await?);
        }
        if !whole {
            return Ok(written);
        }
    }
}

/// A step counts only if the key was there before it: a key that is made for a week is not told to
/// expire in 14 days.
async fn find(backend: &Backend) -> Result<Vec<Due>> {
    let now = backend.clock.now();
    let rows = sqlx::query!(
        r#"select id, organization_id, expires_at as "expires_at!", days as "days!"
           from (select id, organization_id, expires_at, issued_at,
                        case when expires_at <= $1 then 0
                             when expires_at <= $1 + interval '1 day' then 1
                             when expires_at <= $1 + interval '3 days' then 3
                             else 14 end::smallint as days
                 from api_keys
                 where status = 'ACTIVE' and draining_of is null
                   and expires_at > $2 and expires_at <= $1 + interval '14 days') near
           where issued_at < expires_at - make_interval(days => days)
             and not exists (select from notices
                             where notices.organization_id = near.organization_id and key_id = near.id
                               and notices.expires_at = near.expires_at and days_before = days)
           order by expires_at, id limit $3"#,
        now,
        now - NEWS_FOR,
        BATCH,
    )
    .fetch_all(&backend.pools.validator)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        key: KeyId(row.id),
        organization: OrganizationId(row.organization_id),
        expires_at: row.expires_at,
        days_before: row.days,
    });
    Ok(due.collect())
}

/// Writes the notice, if no other node was faster.
async fn tell(backend: &Backend, due: &Due, mails: bool) -> Result<bool> {
    let mut transaction = database::tenant::begin(&backend.pools.app, due.organization).await?;
    let (now, notice) = (backend.clock.now(), NoticeId::generate());
    let event = Event::of_end(due.days_before);
    let end = Some((due.expires_at, due.days_before));
    let more = match event {
        Event::KeyExpiring => json!({ "days_before": due.days_before }),
        _ => json!({}),
    };
    if !write_of_key(&mut transaction, event, due.key, (notice, now), end, more).await? {
        return Ok(false);
    }
    let organization = organization_of(&mut transaction).await?;
    let webhooks = subscribers(&mut transaction, event).await?;
    deliver_to(&mut transaction, organization, notice, now, &webhooks).await?;
    if mails {
        let admins = sqlx::query_scalar!(
            "select user_id from members
             where role in ('owner', 'admin') and (select expiry_mails from organizations)",
        )
        .fetch_all(&mut *transaction)
        .await?;
        mail_to(&mut transaction, organization, notice, now, &admins).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::create::create;
    use crate::keys::mint::Minted;
    use crate::keys::revoke::revoke;
    use crate::members::{Admin, Role};
    use crate::notices::list::{list, list_mails};
    use crate::testing::{World, new_key};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    async fn key_for(world: &World, admin: &Admin, days: i64) -> Result<KeyId> {
        let mut new = new_key("Export")?;
        new.lifetime = Some(Duration::days(days));
        match create(&world.backend, admin, &new).await? {
            Minted::Now(id, _) | Minted::Before(id) => Ok(id),
        }
    }

    #[sqlx::test(migrations = false)]
    async fn each_step_is_told_once(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let other = world.admin("two", "delphos").await?;
        world.join(&admin, "viewer", Role::Viewer).await?;
        let hook = world.webhook(&admin).await?;
        key_for(&world, &admin, 30).await?;
        let began = world.clock.now();
        let mut told = Vec::new();
        for hours in [0, 15 * 24, 16 * 24, 17 * 24, 27 * 24, 28 * 24, 29 * 24, 30 * 24, 31 * 24] {
            world.clock.set(began + Duration::hours(hours) + Duration::minutes(1));
            let written = note_due(backend, true).await?;
            assert_eq!(note_due(backend, true).await?, 0, "found once");
            told.push((hours / 24, written));
        }
        assert_eq!(
            told,
            [(0, 0), (15, 0), (16, 1), (17, 0), (27, 1), (28, 0), (29, 1), (30, 1), (31, 0)]
        );
        let (lines, _) = list(backend, &admin, hook, 1).await?;
        let events: Vec<_> = lines.iter().map(|line| line.event.as_str()).collect();
        assert_eq!(events, ["key.expired", "key.expiring", "key.expiring", "key.expiring"]);
        // To the one admin, not to the viewer, nor to anybody elsewhere.
        assert_eq!(list_mails(backend, &admin).await?.len(), 4);
        assert_eq!(list_mails(backend, &other).await?.len(), 0);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn missed_steps_short_lives_and_old_ends_are_no_news(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, admin) = (&world.backend, world.admin("one", "delphos").await?);
        let hook = world.webhook(&admin).await?;
        let began = world.clock.now();
        key_for(&world, &admin, 7).await?;
        let revoked = key_for(&world, &admin, 7).await?;
        revoke(backend, &admin, revoked).await?;
        // A week is shorter than 14 days.
        assert_eq!(note_due(backend, false).await?, 0);
        // Nobody ran for days: one notice, not two.
        world.clock.set(began + Duration::hours(6 * 24 + 12));
        assert_eq!(note_due(backend, false).await?, 1);
        // Nobody ran for long: the end is no news any more.
        world.clock.set(began + Duration::days(11));
        assert_eq!(note_due(backend, false).await?, 0);
        let (lines, _) = list(backend, &admin, hook, 1).await?;
        let events: Vec<_> = lines.iter().map(|line| line.event.as_str()).collect();
        assert_eq!(events, ["key.expiring", "key.revoked"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn two_nodes_write_one_notice(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let admin = world.admin("one", "delphos").await?;
        let hook = world.webhook(&admin).await?;
        key_for(&world, &admin, 30).await?;
        world.clock.set(world.clock.now() + Duration::days(29));
        let (left, right) =
            tokio::join!(note_due(&world.backend, false), note_due(&world.backend, false));
        assert_eq!(left? + right?, 1);
        assert_eq!(list(&world.backend, &admin, hook, 1).await?.1, 1);
        Ok(())
    }
}
