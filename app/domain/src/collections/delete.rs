//! The end of a document.

use uuid::Uuid;

use super::Shelf;
use super::log::{self, Deed};
use crate::{Error, Result, database};

/// Deletes the document with this id.
pub async fn delete(shelf: &Shelf<'_>, id: Uuid) -> Result<()> {
    let pool = shelf.backend.documents(shelf.grant)?;
    let mut transaction = database::tenant::begin(pool, shelf.grant.organization.id).await?;
    let deleted = sqlx::query!(
        "delete from datastore.documents
         where environment = $1 and collection = $2 and id = $3 and body @> $4",
        shelf.environment(),
        shelf.collection.name,
        id,
        shelf.marks(),
    )
    .execute(&mut *transaction)
    .await?;
    if deleted.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    log::note(shelf, Deed::Deleted, id).await?;
    transaction.commit().await?;
    Ok(())
}
