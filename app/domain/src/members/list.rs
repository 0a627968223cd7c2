//! The people of an organization.

use crate::ids::UserId;
use crate::members::Member;
use crate::{Backend, Result, database};

/// A fellow member, as the others see them.
#[derive(Clone, Debug)]
pub struct Colleague {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
}

/// All members, by name.
pub async fn list(backend: &Backend, member: &Member) -> Result<Vec<Colleague>> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let people = sqlx::query_as!(
        Colleague,
        "select user_id, name, email from members join users on users.id = user_id order by name, email"
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(people)
}
