//! The table of sessions. It knows hashes of ids only: reading it signs nobody in.

use async_trait::async_trait;
use domain::hex::hex;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::collections::HashMap;
use time::OffsetDateTime;
use tower_sessions::SessionStore;

use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

/// Reads and writes sessions.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Deletes what has expired; how many.
    pub async fn delete_expired(&self) -> Result<u64> {
        sqlx::query!("delete from tower_sessions.session where expiry_date < now()")
            .execute(&self.pool)
            .await
            .map(|deleted| deleted.rows_affected())
            .map_err(unreachable)
    }

    async fn insert(&self, record: &Record) -> Result<bool> {
        let inserted = sqlx::query!(
            "insert into tower_sessions.session (id, data, expiry_date) values ($1, $2, $3)
             on conflict (id) do nothing",
            stored_id(record.id),
            encode(record)?,
            record.expiry_date,
        )
        .execute(&self.pool)
        .await
        .map_err(unreachable)?;
        Ok(inserted.rows_affected() == 1)
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !self.insert(record).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    /// Only what is still there is changed: a page that was under way while somebody signed out
    /// must not bring the session back.
    async fn save(&self, record: &Record) -> Result<()> {
        sqlx::query!(
            "update tower_sessions.session set data = $2, expiry_date = $3 where id = $1",
            stored_id(record.id),
            encode(record)?,
            record.expiry_date,
        )
        .execute(&self.pool)
        .await
        .map_err(unreachable)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = sqlx::query!(
            "select data, expiry_date from tower_sessions.session where id = $1 and expiry_date > $2",
            stored_id(*id),
            OffsetDateTime::now_utc(),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(unreachable)?;
        let Some(row) = row else { return Ok(None) };
        let data: HashMap<_, _> =
            serde_json::from_slice(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date: row.expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sqlx::query!("delete from tower_sessions.session where id = $1", stored_id(*id))
            .execute(&self.pool)
            .await
            .map_err(unreachable)?;
        Ok(())
    }
}

/// The id is random and long, so that a fast hash is enough.
fn stored_id(id: Id) -> String {
    hex(&Sha256::digest(id.0.to_be_bytes()))
}

fn encode(record: &Record) -> Result<Vec<u8>> {
    serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn unreachable(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}
