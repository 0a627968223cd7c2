//! All nodes.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::SILENT_AFTER;
use crate::Result;

/// A node as it was last heard from.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub id: Uuid,
    pub name: String,
    pub started_at: OffsetDateTime,
    /// How many keys it holds.
    pub keys: i64,
    /// For how long it has not been heard from, in seconds.
    pub silent_s: f64,
    /// How many changes of keys, channels and organizations it has not applied yet.
    pub behind: i64,
}

impl Node {
    /// Whether it has not been heard from for so long that nobody waits for it.
    pub fn is_gone(&self) -> bool {
        self.silent_s > SILENT_AFTER.as_seconds_f64()
    }
}

/// The nodes by name. The pool is the validator's.
pub async fn list(validator: &PgPool) -> Result<Vec<Node>> {
    Ok(sqlx::query_as!(
        Node,
        r#"select id, name, started_at, keys,
                  extract(epoch from now() - heartbeat_at)::float8 as "silent_s!",
                  (select count(distinct (entity, entity_id)) from key_change
                   where xid >= pg_snapshot_xmin(applied)
                     and not pg_visible_in_snapshot(xid, applied)) as "behind!"
           from nodes order by name, started_at"#
    )
    .fetch_all(validator)
    .await?)
}
