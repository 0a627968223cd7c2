//! Writing a notice and its deliveries, within the transaction of what happened.

use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Event, TRIED_FOR};
use crate::ids::{KeyId, NoticeId, OrganizationId, WebhookId};
use crate::{Backend, Result, audit};

/// What is sent.
pub(crate) struct Payload<'a> {
    pub kind: &'a str,
    pub at: OffsetDateTime,
    pub organization: OrganizationId,
    pub slug: &'a str,
    /// An object.
    pub more: Value,
}

impl Payload<'_> {
    fn text(&self) -> String {
        let mut data = json!({ "organization": { "id": self.organization, "slug": self.slug } });
        if let (Some(data), Some(more)) = (data.as_object_mut(), self.more.as_object()) {
            data.extend(more.clone());
        }
        json!({ "type": self.kind, "timestamp": audit::time_text(self.at), "data": data })
            .to_string()
    }
}

/// What has happened to a key, as it is after that. Call it before the audit event, when all else is
/// done; nobody is told where nobody asked to be.
pub(crate) async fn note(
    backend: &Backend,
    transaction: &mut Transaction<'static, Postgres>,
    event: Event,
    key: KeyId,
    more: Value,
) -> Result<()> {
    let webhooks = subscribers(transaction, event).await?;
    if webhooks.is_empty() {
        return Ok(());
    }
    let (at, notice) = (backend.clock.now(), NoticeId::generate());
    write_of_key(transaction, event, key, (notice, at), None, more).await?;
    let organization = organization_of(transaction).await?;
    deliver_to(transaction, organization, notice, at, &webhooks).await
}

/// Active webhooks that want this event.
pub(super) async fn subscribers(
    transaction: &mut Transaction<'static, Postgres>,
    event: Event,
) -> Result<Vec<WebhookId>> {
    let ids = sqlx::query_scalar!(
        "select id from webhooks where status = 'ACTIVE' and $1 = any(events)",
        event.as_str()
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(ids.into_iter().map(WebhookId).collect())
}

/// The one that the transaction works for.
pub(super) async fn organization_of(
    transaction: &mut Transaction<'static, Postgres>,
) -> Result<OrganizationId> {
    let id = sqlx::query_scalar!("select id from organizations").fetch_one(&mut **transaction);
    Ok(OrganizationId(id.await?))
}

/// A key's end, and how many days before it this is.
pub(super) type End = (OffsetDateTime, i16);

/// Writes a notice of a key; false where the same was written before.
pub(super) async fn write_of_key(
    transaction: &mut Transaction<'static, Postgres>,
    event: Event,
    key: KeyId,
    (notice, at): (NoticeId, OffsetDateTime),
    end: Option<End>,
    more: Value,
) -> Result<bool> {
    let row = sqlx::query!(
        "select organization_id, slug, api_keys.name, prefix, last_four, environment, api_keys.status,
                channel_id, expires_at
         from api_keys join organizations on organizations.id = organization_id
         where api_keys.id = $1",
        key.0
    )
    .fetch_one(&mut **transaction)
    .await?;
    let mut data = json!({ "key": {
        "id": key,
        "name": row.name,
        "hint": format!("{}…{}", row.prefix, row.last_four),
        "environment": row.environment,
        "status": row.status,
        "channel_id": row.channel_id,
        "expires_at": row.expires_at.map(audit::time_text),
    } });
    if let (Some(data), Some(more)) = (data.as_object_mut(), more.as_object()) {
        data.extend(more.clone());
    }
    let organization = OrganizationId(row.organization_id);
    let payload = Payload { kind: event.as_str(), at, organization, slug: &row.slug, more: data };
    insert(transaction, organization, notice, Some((key, end)), &payload).await
}

/// Writes a notice; false where the same was written before.
pub(crate) async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    organization: OrganizationId,
    notice: NoticeId,
    about: Option<(KeyId, Option<End>)>,
    payload: &Payload<'_>,
) -> Result<bool> {
    let (key, end) = about.map_or((None, None), |(key, end)| (Some(key.0), end));
    let inserted = sqlx::query!(
        "insert into notices (id, organization_id, event, key_id, at, expires_at, days_before, payload)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict on constraint notices_once_key do nothing",
        notice.0,
        organization.0,
        payload.kind,
        key,
        payload.at,
        end.map(|(expires_at, _)| expires_at),
        end.map(|(_, days)| days),
        payload.text(),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Has the notice sent to these webhooks, from now on.
pub(crate) async fn deliver_to(
    transaction: &mut Transaction<'static, Postgres>,
    organization: OrganizationId,
    notice: NoticeId,
    now: OffsetDateTime,
    webhooks: &[WebhookId],
) -> Result<()> {
    let webhooks: Vec<Option<Uuid>> = webhooks.iter().map(|id| Some(id.0)).collect();
    let nobody = vec![None; webhooks.len()];
    write_deliveries(transaction, organization, notice, now, (&webhooks, &nobody)).await
}

/// The same by mail, to these members.
pub(super) async fn mail_to(
    transaction: &mut Transaction<'static, Postgres>,
    organization: OrganizationId,
    notice: NoticeId,
    now: OffsetDateTime,
    members: &[Uuid],
) -> Result<()> {
    let members: Vec<Option<Uuid>> = members.iter().copied().map(Some).collect();
    let nowhere = vec![None; members.len()];
    write_deliveries(transaction, organization, notice, now, (&nowhere, &members)).await
}

async fn write_deliveries(
    transaction: &mut Transaction<'static, Postgres>,
    organization: OrganizationId,
    notice: NoticeId,
    now: OffsetDateTime,
    (webhooks, members): (&[Option<Uuid>], &[Option<Uuid>]),
) -> Result<()> {
    let ids: Vec<Uuid> = webhooks.iter().map(|_| Uuid::now_v7()).collect();
    sqlx::query!(
        "insert into notice_deliveries (id, organization_id, notice_id, webhook_id, user_id, next_at, give_up_at)
         select id, $2, $3, webhook_id, user_id, $6, $7
         from unnest($1::uuid[], $4::uuid[], $5::uuid[]) as wanted (id, webhook_id, user_id)",
        &ids,
        organization.0,
        notice.0,
        webhooks as &[Option<Uuid>],
        members as &[Option<Uuid>],
        now,
        now + TRIED_FOR,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::overlap::Overlap;
    use crate::keys::regenerate::regenerate;
    use crate::keys::revoke::revoke;
    use crate::notices::list::list;
    use crate::testing::{World, regeneration};
    use crate::webhooks::switch::disable;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use sqlx::{ConnectOptions, Connection};

    #[sqlx::test(migrations = false)]
    async fn what_happens_to_a_key_is_told_to_whom_it_belongs(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, one) = (&world.backend, world.admin("one", "delphos").await?);
        let two = world.admin("two", "delphos").await?;
        let (hook, off, foreign) =
            (world.webhook(&one).await?, world.webhook(&one).await?, world.webhook(&two).await?);
        disable(backend, &one, off).await?;
        let (key, credentials) = world.key(&one, "Export").await?;
        let wanted = regeneration(backend, &one, key, Overlap::Day).await?;
        regenerate(backend, &one, key, &wanted).await?;
        revoke(backend, &one, key).await?;
        revoke(backend, &one, key).await?;

        let (told, total) = list(backend, &one, hook, 1).await?;
        let events: Vec<_> = told.iter().map(|line| line.event.as_str()).collect();
        assert_eq!((events.as_slice(), total), (["key.revoked", "key.regenerated"].as_slice(), 2));
        assert_eq!(list(backend, &one, off, 1).await?.1, 0);
        assert_eq!(list(backend, &two, foreign, 1).await?.1, 0);

        let mut owner = world.owner.connect().await?;
        let payloads: Vec<String> = sqlx::query_scalar("select payload from notices order by id")
            .fetch_all(&mut owner)
            .await?;
        owner.close().await?;
        let regenerated: Value = serde_json::from_str(&payloads[0]).unwrap_or_default();
        assert_eq!(regenerated["type"], "key.regenerated");
        assert_eq!(regenerated["data"]["organization"]["slug"], "one");
        assert_eq!(regenerated["data"]["key"]["name"], "Export");
        assert!(regenerated["data"]["old_key_works_until"].is_string());
        let text = payloads.concat();
        assert!(!text.contains(credentials.key.expose()));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn nobody_asked_nothing_is_written(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let one = world.admin("one", "delphos").await?;
        let (key, _) = world.key(&one, "Export").await?;
        revoke(&world.backend, &one, key).await?;
        let mut owner = world.owner.connect().await?;
        let notices: i64 =
            sqlx::query_scalar("select count(*) from notices").fetch_one(&mut owner).await?;
        owner.close().await?;
        assert_eq!(notices, 0);
        Ok(())
    }
}
