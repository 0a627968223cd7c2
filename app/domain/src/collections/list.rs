//! A collection's documents.

use uuid::Uuid;

use crate::verification::Grant;
use crate::{Backend, Result, database};

/// Documents a page.
pub const PAGE_SIZE: i64 = 100;

/// Bytes a page, at the least one document.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;

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
    let rows = sqlx::query!(
        r#"with page as (
               select id, body::text as body, row_number() over (order by id) as place,
                      sum(octet_length(body::text)) over (order by id) as bytes
               from (select id, body from datastore.documents
                     where collection = $1 and ($2::uuid is null or id > $2)
                     order by id limit $3::bigint + 1) as candidates)
           select id as "id!", body as "body!", (select count(*) from page) as "candidates!"
           from page where place = 1 or (place <= $3::bigint and bytes <= $4::bigint) order by id"#,
        collection,
        after,
        PAGE_SIZE,
        PAGE_BYTES,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    // What was left out is on the next page.
    let more = rows.first().is_some_and(|row| row.candidates.unsigned_abs() > rows.len() as u64);
    let next = rows.last().filter(|_| more).map(|row| row.id);
    Ok(Page { documents: rows.into_iter().map(|row| row.body).collect(), next })
}
