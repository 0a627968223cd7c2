//! Deliveries, as pages show them.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{DeliveryStatus, Problem};
use crate::ids::{DeliveryId, KeyId, WebhookId};
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Deliveries a page.
pub const PAGE_SIZE: i64 = 25;

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: DeliveryId,
    pub event: String,
    pub at: OffsetDateTime,
    /// With its name; none for a test.
    pub key: Option<(KeyId, String)>,
    /// Of a mail: to whom.
    pub email: Option<String>,
    pub status: DeliveryStatus,
    pub attempts: i32,
    pub next_at: OffsetDateTime,
    pub settled_at: Option<OffsetDateTime>,
    pub answer: Option<i16>,
    pub problem: Option<Problem>,
}

/// One page of a webhook's deliveries, the newest first, and how many there are. Pages count from 1.
pub async fn list(
    backend: &Backend,
    admin: &Admin,
    webhook: WebhookId,
    page: u32,
) -> Result<(Vec<Line>, i64)> {
    select(backend, admin, Some(webhook.0), page).await
}

/// The newest mails.
pub async fn list_mails(backend: &Backend, admin: &Admin) -> Result<Vec<Line>> {
    select(backend, admin, None, 1).await.map(|(lines, _)| lines)
}

async fn select(
    backend: &Backend,
    admin: &Admin,
    webhook: Option<Uuid>,
    page: u32,
) -> Result<(Vec<Line>, i64)> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let rows = sqlx::query!(
        r#"select notice_deliveries.id, event, at, key_id, api_keys.name as "key_name?",
                  email as "email?", notice_deliveries.status, attempts, next_at, settled_at, answer, problem,
                  count(*) over () as "total!"
           from notice_deliveries
           join notices on notices.id = notice_id
           left join api_keys on api_keys.id = key_id
           left join users on users.id = user_id
           where webhook_id is not distinct from $1
           order by notice_deliveries.id desc limit $2 offset $3"#,
        webhook,
        PAGE_SIZE,
        i64::from(page.max(1) - 1) * PAGE_SIZE,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let lines = rows.into_iter().map(|row| {
        Ok(Line {
            id: DeliveryId(row.id),
            event: row.event,
            at: row.at,
            key: row.key_id.map(KeyId).zip(row.key_name),
            email: row.email,
            status: DeliveryStatus::named(&row.status).ok_or(Error::NotFound)?,
            attempts: row.attempts,
            next_at: row.next_at,
            settled_at: row.settled_at,
            answer: row.answer,
            problem: row.problem.as_deref().and_then(Problem::named),
        })
    });
    Ok((lines.collect::<Result<_>>()?, total))
}
