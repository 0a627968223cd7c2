//! Switching a channel on and off.

use serde_json::json;

use crate::audit::{self, Action};
use crate::channels::ChannelStatus;
use crate::ids::ChannelId;
use crate::members::Admin;
use crate::{Backend, Error, Result, database};

/// Gives the channel this status; its keys follow at once. Setting the same status again changes
/// nothing and leaves no event.
pub async fn change_status(
    backend: &Backend,
    admin: &Admin,
    id: ChannelId,
    status: ChannelStatus,
) -> Result<()> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let before = sqlx::query_scalar!("select status from channels where id = $1 for update", id.0)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    if before == status.as_str() {
        return Ok(());
    }
    sqlx::query!("update channels set status = $2 where id = $1", id.0, status.as_str())
        .execute(&mut *transaction)
        .await?;
    let details = json!({ "before": before, "after": status });
    audit::record(&mut transaction, admin, Action::ChannelStatusChanged, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}
