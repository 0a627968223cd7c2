//! What is not in the log.

use time::Duration;

use crate::members::Admin;
use crate::{Backend, Result, database};

/// Calls of the last 7 days that could not be logged.
pub async fn gaps(backend: &Backend, admin: &Admin) -> Result<i64> {
    let week_ago: time::OffsetDateTime = backend.clock.now() - Duration::WEEK;
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let calls = sqlx::query_scalar!(
        r#"select coalesce(sum(calls), 0)::bigint as "calls!" from access_log_gaps where minute > $1"#,
        week_ago,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(calls)
}
