//! Which database this is.

use uuid::Uuid;

use super::Pools;
use crate::Result;

/// What no other database has, but one that was restored from this one's dump.
pub async fn identity(pools: &Pools) -> Result<Uuid> {
    Ok(sqlx::query_scalar!("select id from database_identity").fetch_one(&pools.validator).await?)
}
