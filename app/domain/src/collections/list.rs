//! A collection's documents.

use uuid::Uuid;

use crate::verification::Grant;
use crate::{Backend, Result, database};

/// Documents a page.
pub const PAGE_SIZE: usize = 100;

/// One page of documents.
#[derive(Clone, Debug)]
pub struct Page {
    /// Each a JSON object.
    pub documents: Vec<String>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Uuid>,
}

/// The organization's documents after `after`, oldest first.
pub async fn list(
    backend: &Backend,
    grant: &Grant,
    collection: &str,
    after: Option<Uuid>,
) -> Result<Page> {
    let mut transaction =
        database::tenant::begin(&backend.pools.datastore, grant.organization.id).await?;
    // One more than a page tells whether there is another.
    let mut rows = sqlx::query!(
        r#"select id, body::text as "body!" from datastore.documents
           where collection = $1 and ($2::uuid is null or id > $2) order by id limit $3"#,
        collection,
        after,
        i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX).saturating_add(1),
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let next = rows.last().filter(|_| more).map(|row| row.id);
    Ok(Page { documents: rows.into_iter().map(|row| row.body).collect(), next })
}
