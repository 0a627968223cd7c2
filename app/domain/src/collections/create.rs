//! A new document.

use serde_json::Value;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::log::{self, Deed};
use super::{Document, Refusal, Shelf};
use crate::{Error, Result, Rule, database};

/// The longest document as PostgreSQL writes it, in bytes. It writes numbers out: 1e308 has five
/// characters when it is sent, and 309 when it is stored.
pub(super) const STORED_MAX: i32 = 1024 * 1024;

/// A request that may come twice and counts once.
#[derive(Clone, Copy, Debug)]
pub struct Once<'a> {
    /// By which the caller tells requests apart; 1 to 255 bytes.
    pub key: &'a str,
    /// SHA-256 of the request.
    pub request: [u8; 32],
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The document with its `id`, as JSON; the same again for a request that came before.
    Kept(String),
    Refused(Refusal),
    /// The key came before, with another request.
    Reused,
}

/// Keeps the document for the key's organization.
pub async fn create(
    shelf: &Shelf<'_>,
    mut document: Document,
    once: Option<Once<'_>>,
) -> Result<Created> {
    let id = Uuid::now_v7();
    document.insert("id".to_owned(), Value::from(id.to_string()));
    if let Err(refusal) = shelf.finish(&mut document) {
        return Ok(Created::Refused(refusal));
    }
    let body = Value::Object(document);
    let text = body.to_string();
    let organization_id = shelf.grant.organization.id;
    let pool = shelf.backend.documents(shelf.grant)?;
    let mut transaction = database::tenant::begin(pool, organization_id).await?;
    if let Some(once) = once
        && let Some(before) = before(shelf, &mut transaction, once, &text).await?
    {
        return Ok(before);
    }
    let stored = sqlx::query!(
        "insert into datastore.documents (organization_id, environment, collection, id, body)
         select $1, $2, $3, $4, $5 where octet_length($5::jsonb::text) <= $6",
        organization_id.0,
        shelf.environment(),
        shelf.collection.name,
        id,
        body,
        STORED_MAX,
    )
    .execute(&mut *transaction)
    .await?;
    if stored.rows_affected() == 0 {
        return Err(Error::invalid("body", Rule::TooBig));
    }
    log::note(shelf, Deed::Created, id).await?;
    transaction.commit().await?;
    Ok(Created::Kept(text))
}

/// What was answered to this request before; `None` when it is the first, which is noted. A request
/// that is under way at the same time is waited for.
async fn before(
    shelf: &Shelf<'_>,
    transaction: &mut Transaction<'static, Postgres>,
    once: Once<'_>,
    answer: &str,
) -> Result<Option<Created>> {
    sqlx::query!("delete from datastore.idempotency where created_at < now() - interval '1 day'")
        .execute(&mut **transaction)
        .await?;
    let noted = sqlx::query!(
        "insert into datastore.idempotency (organization_id, environment, collection, key, request, answer)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        shelf.grant.organization.id.0,
        shelf.environment(),
        shelf.collection.name,
        once.key,
        once.request.as_slice(),
        answer,
    )
    .execute(&mut **transaction)
    .await?;
    if noted.rows_affected() == 1 {
        return Ok(None);
    }
    let known = sqlx::query!(
        "select request, answer from datastore.idempotency
         where environment = $1 and collection = $2 and key = $3",
        shelf.environment(),
        shelf.collection.name,
        once.key,
    )
    .fetch_one(&mut **transaction)
    .await?;
    let same = known.request == once.request;
    Ok(Some(if same { Created::Kept(known.answer) } else { Created::Reused }))
}
