//! The channels that act as somebody.

use crate::ids::{ChannelId, UserId};
use crate::members::Member;
use crate::{Backend, Result, database};

/// Ids and names of the ACTIVE channels that act as this member, by name: what stops when they go.
pub async fn acting_as(
    backend: &Backend,
    member: &Member,
    user_id: UserId,
) -> Result<Vec<(ChannelId, String)>> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let rows = sqlx::query!(
        "select id, name from channels where acting_user_id = $1 and status = 'ACTIVE'
         order by lower(name), id",
        user_id.0,
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows.into_iter().map(|row| (ChannelId(row.id), row.name)).collect())
}
