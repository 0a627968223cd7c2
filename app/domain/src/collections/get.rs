//! One document.

use uuid::Uuid;

use crate::verification::Grant;
use crate::{Backend, Error, Result, database};

/// The organization's document with this id, as JSON.
pub async fn get(backend: &Backend, grant: &Grant, collection: &str, id: Uuid) -> Result<String> {
    let mut transaction =
        database::tenant::begin(&backend.pools.datastore, grant.organization.id).await?;
    let body = sqlx::query_scalar!(
        r#"select body::text as "body!" from datastore.documents where collection = $1 and id = $2"#,
        collection,
        id,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    transaction.commit().await?;
    Ok(body)
}
