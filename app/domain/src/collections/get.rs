//! One document.

use uuid::Uuid;

use super::Shelf;
use crate::{Error, Result, database};

/// The document with this id, as JSON.
pub async fn get(shelf: &Shelf<'_>, id: Uuid) -> Result<String> {
    let pool = shelf.backend.documents(shelf.grant)?;
    let mut transaction = database::tenant::begin(pool, shelf.grant.organization.id).await?;
    let body = sqlx::query_scalar!(
        r#"select body::text as "body!" from datastore.documents
           where environment = $1 and collection = $2 and id = $3 and body @> $4"#,
        shelf.environment(),
        shelf.collection.name,
        id,
        shelf.marks(),
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    transaction.commit().await?;
    Ok(body)
}
