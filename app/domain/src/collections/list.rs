//! A collection's documents.

use serde_json::Value;
use uuid::Uuid;

use super::{Search, Shelf};
use crate::{Result, database};

/// Documents a page, at the most.
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

/// The documents that are looked for, oldest first.
pub async fn list(shelf: &Shelf<'_>, search: &Search) -> Result<Page> {
    let mut holds = search.holds.clone();
    holds.push(shelf.marks());
    let pool = shelf.backend.documents(shelf.grant)?;
    let mut transaction = database::tenant::begin(pool, shelf.grant.organization.id).await?;
    let rows = sqlx::query!(
        r#"with page as (
               select id, body::text as body, row_number() over (order by id) as place,
                      sum(octet_length(body::text)) over (order by id) as bytes
               from (select id, body from datastore.documents
                     where environment = $1 and collection = $2 and ($3::uuid is null or id > $3)
                       and body @> all($4::jsonb[])
                     order by id limit $5::bigint + 1) as candidates)
           select id as "id!", body as "body!", (select count(*) from page) as "candidates!"
           from page where place = 1 or (place <= $5::bigint and bytes <= $6::bigint) order by id"#,
        shelf.environment(),
        shelf.collection.name,
        search.after,
        &holds as &[Value],
        search.limit,
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
