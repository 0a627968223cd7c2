//! One channel.

use crate::channels::{Channel, ChannelStatus};
use crate::ids::{ChannelId, UserId};
use crate::members::Member;
use crate::{Backend, Error, Result, database};

/// The organization's channel with this id.
pub async fn get(backend: &Backend, member: &Member, id: ChannelId) -> Result<Channel> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let row = sqlx::query!(
        r#"select channels.id, channels.name, status, acting_user_id, channels.created_at,
                  users.name as "acting_user_name?"
           from channels left join users on users.id = acting_user_id
           where channels.id = $1"#,
        id.0,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound)?;
    transaction.commit().await?;
    Ok(Channel {
        id: ChannelId(row.id),
        name: row.name,
        status: ChannelStatus::named(&row.status).ok_or(Error::NotFound)?,
        acting_user_id: row.acting_user_id.map(UserId),
        acting_user_name: row.acting_user_name,
        created_at: row.created_at,
    })
}
