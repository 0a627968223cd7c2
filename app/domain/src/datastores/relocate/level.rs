//! Makes the copy equal to the original, by pages: what differs is copied, and what the original
//! has not is deleted.

use sqlx::{Postgres, Transaction};
use std::collections::{BTreeSet, HashMap};

use super::Move;
use super::side::Side;
use crate::{Backend, Result};

/// Rows a page, of which no more than keys, digests and sizes are read at first.
const PAGE: usize = 1_000;
/// Bytes that are copied at once, or one row that is bigger.
const BATCH_BYTES: i64 = 4 * 1024 * 1024;
/// Answers to requests that may be sent again live for a day: those that are about to end stay.
const ANSWERS_S: i64 = 23 * 60 * 60;

/// A table, and how its rows are told apart within one collection.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    key: &'static str,
    kind: &'static str,
    order: &'static str,
    /// Seconds since 1970: rows that are older are left alone.
    since: i64,
}

/// Says how many rows were copied or deleted.
pub async fn level(backend: &Backend, it: &Move) -> Result<u64> {
    let documents =
        Table { name: "documents", key: "id", kind: "uuid", order: "id", since: i64::MIN };
    let answers = Table {
        name: "idempotency",
        key: "key",
        kind: "text",
        order: "key collate \"C\"",
        since: backend.clock.now().unix_timestamp() - ANSWERS_S,
    };
    let mut changed = 0;
    for table in [documents, answers] {
        let mut collections = table.collections(&it.from).await?;
        collections.append(&mut table.collections(&it.to).await?);
        for collection in collections {
            changed += table.level(it, &collection).await?;
        }
    }
    Ok(changed)
}

/// How far rows are read.
#[derive(Clone, Copy)]
enum Extent<'a> {
    /// A page of them.
    Page,
    /// All up to this key, or to the end.
    Until(Option<&'a str>),
}

/// A row, before it is read whole.
#[derive(sqlx::FromRow)]
struct Outline {
    key: String,
    digest: String,
    bytes: i64,
}

impl Table {
    fn condition(&self) -> String {
        match self.since {
            i64::MIN => String::new(),
            since => format!(" and created_at >= to_timestamp({since})"),
        }
    }

    async fn collections(&self, side: &Side) -> Result<BTreeSet<String>> {
        let mut transaction = side.begin().await?;
        let sql = format!(
            "select distinct collection from datastore.{} where environment = $1",
            self.name
        );
        let found: Vec<String> = sqlx::query_scalar(&sql)
            .bind(side.environment.as_str())
            .fetch_all(&mut *transaction)
            .await?;
        Ok(found.into_iter().collect())
    }

    async fn level(&self, it: &Move, collection: &str) -> Result<u64> {
        let (mut changed, mut after) = (0, None);
        loop {
            let page = self.page(&it.from, collection, after.as_deref(), Extent::Page).await?;
            let last = page.last().map(|row| row.key.clone()).filter(|_| page.len() == PAGE);
            let copied = self
                .page(&it.to, collection, after.as_deref(), Extent::Until(last.as_deref()))
                .await?;
            let mut copied: HashMap<_, _> =
                copied.into_iter().map(|row| (row.key, row.digest)).collect();
            let differs = |row: &Outline| copied.remove(&row.key).as_ref() != Some(&row.digest);
            let wanted: Vec<Outline> = page.into_iter().filter(differs).collect();
            let gone: Vec<String> = copied.into_keys().collect();
            changed += (wanted.len() + gone.len()) as u64;
            self.take_out(it, collection, &gone).await?;
            for batch in batches(wanted) {
                self.copy(it, collection, &batch).await?;
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(changed),
            }
        }
    }

    /// Rows after this key.
    async fn page(
        &self,
        side: &Side,
        collection: &str,
        after: Option<&str>,
        extent: Extent<'_>,
    ) -> Result<Vec<Outline>> {
        let Self { name, key, kind, order, .. } = self;
        let (until, limit) = match extent {
            Extent::Page => (None, format!(" limit {PAGE}")),
            Extent::Until(key) => (key, String::new()),
        };
        let sql = format!(
            "select {key}::text as key, md5({name}::text) as digest,
                    octet_length({name}::text)::bigint as bytes
             from datastore.{name}
             where environment = $1 and collection = $2{}
               and ($3::text is null or {order} > $3::text::{kind})
               and ($4::text is null or {order} <= $4::text::{kind})
             order by {order}{limit}",
            self.condition()
        );
        let mut transaction = side.begin().await?;
        let page = sqlx::query_as(&sql)
            .bind(side.environment.as_str())
            .bind(collection)
            .bind(after)
            .bind(until)
            .fetch_all(&mut *transaction)
            .await?;
        Ok(page)
    }

    /// Takes rows out of the copy that the original has not.
    async fn take_out(&self, it: &Move, collection: &str, gone: &[String]) -> Result<()> {
        if !gone.is_empty() {
            let mut transaction = it.to.begin().await?;
            self.delete(&mut transaction, it, collection, gone).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn copy(&self, it: &Move, collection: &str, batch: &[String]) -> Result<()> {
        let Self { name, key, kind, .. } = self;
        let rows = format!(
            "select coalesce(jsonb_agg(to_jsonb({name})), '[]')::text from datastore.{name}
             where environment = $1 and collection = $2 and {key} = any($3::text[]::{kind}[])"
        );
        let insert = format!(
            "insert into datastore.{name}
             select * from jsonb_populate_recordset(null::datastore.{name}, $1::text::jsonb)"
        );
        let mut reading = it.from.begin().await?;
        let found: String = sqlx::query_scalar(&rows)
            .bind(it.environment.as_str())
            .bind(collection)
            .bind(batch)
            .fetch_one(&mut *reading)
            .await?;
        drop(reading);
        let mut transaction = it.to.begin().await?;
        self.delete(&mut transaction, it, collection, batch).await?;
        sqlx::query(&insert).bind(found).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn delete(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        it: &Move,
        collection: &str,
        keys: &[String],
    ) -> Result<()> {
        let Self { name, key, kind, .. } = self;
        let sql = format!(
            "delete from datastore.{name}
             where environment = $1 and collection = $2 and {key} = any($3::text[]::{kind}[])"
        );
        sqlx::query(&sql)
            .bind(it.environment.as_str())
            .bind(collection)
            .bind(keys)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }
}

/// The rows' keys, in parts that are not too big to be read at once.
fn batches(rows: Vec<Outline>) -> Vec<Vec<String>> {
    let (mut batches, mut bytes) = (Vec::<Vec<String>>::new(), 0);
    for row in rows {
        match batches.last_mut() {
            Some(batch) if bytes + row.bytes <= BATCH_BYTES => {
                bytes += row.bytes;
                batch.push(row.key);
            }
            _ => {
                bytes = row.bytes;
                batches.push(vec![row.key]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_of_few_bytes_or_of_one_row() {
        let row = |key: &str, bytes| Outline { key: key.to_owned(), digest: String::new(), bytes };
        let half = BATCH_BYTES / 2;
        let rows = vec![row("a", half), row("b", half), row("c", 1), row("d", BATCH_BYTES * 2)];
        assert_eq!(batches(rows), [vec!["a", "b"], vec!["c"], vec!["d"]]);
        assert!(batches(Vec::new()).is_empty());
    }
}
