//! A new document.

use serde_json::Value;
use uuid::Uuid;

use crate::collections::Document;
use crate::verification::Grant;
use crate::{Backend, Error, Result, Rule, database};

/// The longest document as PostgreSQL writes it, in bytes. It writes numbers out: 1e308 has five
/// characters when it is sent, and 309 when it is stored.
const STORED_MAX: i32 = 1024 * 1024;

/// Keeps the document for the key's organization and returns it with its `id`.
pub async fn create(
    backend: &Backend,
    grant: &Grant,
    collection: &str,
    mut document: Document,
) -> Result<String> {
    let id = Uuid::now_v7();
    document.insert("id".to_owned(), Value::from(id.to_string()));
    let body = Value::Object(document);
    let text = body.to_string();
    let mut transaction =
        database::tenant::begin(&backend.pools.datastore, grant.organization.id).await?;
    let stored = sqlx::query!(
        "insert into datastore.documents (organization_id, collection, id, body)
         select $1, $2, $3, $4 where octet_length($4::jsonb::text) <= $5",
        grant.organization.id.0,
        collection,
        id,
        body,
        STORED_MAX,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    if stored.rows_affected() == 0 {
        return Err(Error::invalid("body", Rule::TooBig));
    }
    Ok(text)
}
