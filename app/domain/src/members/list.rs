//! The people of an organization.

use time::OffsetDateTime;

use crate::ids::UserId;
use crate::members::{Member, Role};
use crate::{Backend, Error, Result, database};

/// A fellow member, as the others see them.
#[derive(Clone, Debug)]
pub struct Colleague {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// When they joined.
    pub since: OffsetDateTime,
}

/// All members, by name.
pub async fn list(backend: &Backend, member: &Member) -> Result<Vec<Colleague>> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let rows = sqlx::query!(
        "select user_id, name, email, role, members.created_at
         from members join users on users.id = user_id order by name, email, user_id"
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let people = rows.into_iter().filter_map(|row| {
        Some(Colleague {
            user_id: UserId(row.user_id),
            name: row.name,
            email: row.email,
            role: Role::named(&row.role)?,
            since: row.created_at,
        })
    });
    Ok(people.collect())
}

/// The fellow member with this id.
pub async fn colleague(backend: &Backend, member: &Member, user_id: UserId) -> Result<Colleague> {
    let people = list(backend, member).await?;
    people.into_iter().find(|person| person.user_id == user_id).ok_or(Error::NotFound)
}
