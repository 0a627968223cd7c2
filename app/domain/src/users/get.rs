//! A user by id.

use crate::ids::UserId;
use crate::users::User;
use crate::{Backend, Result};

/// The user, or `None` once they are gone.
pub async fn get(backend: &Backend, id: UserId) -> Result<Option<User>> {
    Ok(sqlx::query_as!(User, "select id, email, name from users where id = $1", id.0)
        .fetch_optional(&backend.pools.auth)
        .await?)
}
