//! Former texts of a key that was regenerated, while its callers move to the new one. Each is a row
//! of its own that names its key: it is counted, ends and is revoked like any key, but people meet
//! it on its key's page only.

pub mod end;
pub mod extend;
pub mod list;

use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

use crate::ids::KeyId;
use crate::{Error, Result};

/// A former text that still works.
struct Live {
    last_four: String,
    expires_at: OffsetDateTime,
    /// When the key itself ends.
    key_expires_at: Option<OffsetDateTime>,
}

/// Locks the key, then reads its former text.
async fn lock(
    transaction: &mut Transaction<'static, Postgres>,
    key: KeyId,
    old: KeyId,
    now: OffsetDateTime,
) -> Result<Live> {
    let key_expires_at = sqlx::query_scalar!(
        "select expires_at from api_keys where id = $1 and draining_of is null for update",
        key.0
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(Error::NotFound)?;
    let old = sqlx::query!(
        r#"select last_four, status, expires_at as "expires_at!" from api_keys
           where id = $1 and draining_of = $2"#,
        old.0,
        key.0
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(Error::NotFound)?;
    if old.status == "REVOKED" || old.expires_at <= now {
        return Err(Error::Conflict("The old key has ended already."));
    }
    Ok(Live { last_four: old.last_four, expires_at: old.expires_at, key_expires_at })
}
