//! A new document.

use serde_json::Value;
use uuid::Uuid;

use crate::collections::Document;
use crate::verification::Grant;
use crate::{Backend, Result, database};

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
    sqlx::query!(
        "insert into datastore.documents (organization_id, collection, id, body) values ($1, $2, $3, $4)",
        grant.organization.id.0,
        collection,
        id,
        body,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(text)
}
