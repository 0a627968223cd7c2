//! Makes the copy equal to the original, by pages: what differs is copied, and what the original
//! has not is deleted.

use sqlx::{Postgres, Transaction};
use std::collections::{BTreeSet, HashMap};

use super::Move;
use super::side::Side;
use crate::{Backend, Result};

/// Rows a page, of which no more than keys and digests are read at first.
const PAGE: usize = 1_000;
/// Rows that are copied at once; each is of a megabyte at the most.
const BATCH: usize = 16;
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

/// Keys with the digests of their rows, in order.
type Page = Vec<(String, String)>;

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
            let last = page.last().map(|(key, _)| key.clone()).filter(|_| page.len() == PAGE);
            let copied = self
                .page(&it.to, collection, after.as_deref(), Extent::Until(last.as_deref()))
                .await?;
            let mut copied: HashMap<_, _> = copied.into_iter().collect();
            let differs = |(key, digest): (String, String)| {
                (copied.remove(&key).as_ref() != Some(&digest)).then_some(key)
            };
            let wanted: Vec<String> = page.into_iter().filter_map(differs).collect();
            let gone: Vec<String> = copied.into_keys().collect();
            changed += (wanted.len() + gone.len()) as u64;
            self.copy(it, collection, &wanted, &gone).await?;
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
    ) -> Result<Page> {
        let Self { name, key, kind, order, .. } = self;
        let (until, limit) = match extent {
            Extent::Page => (None, format!(" limit {PAGE}")),
            Extent::Until(key) => (key, String::new()),
        };
        let sql = format!(
            "select {key}::text, md5({name}::text) from datastore.{name}
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

    async fn copy(
        &self,
        it: &Move,
        collection: &str,
        wanted: &[String],
        gone: &[String],
    ) -> Result<()> {
        let Self { name, key, kind, .. } = self;
        let rows = format!(
            "select coalesce(jsonb_agg(to_jsonb({name})), '[]')::text from datastore.{name}
             where environment = $1 and collection = $2 and {key} = any($3::text[]::{kind}[])"
        );
        let insert = format!(
            "insert into datastore.{name}
             select * from jsonb_populate_recordset(null::datastore.{name}, $1::text::jsonb)"
        );
        if !gone.is_empty() {
            let mut transaction = it.to.begin().await?;
            self.delete(&mut transaction, it, collection, gone).await?;
            transaction.commit().await?;
        }
        for batch in wanted.chunks(BATCH) {
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
        }
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
