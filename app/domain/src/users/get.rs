//! The user behind a session.

use crate::ids::UserId;
use crate::users::{SignedIn, User};
use crate::{Backend, Result};

/// The user, or `None` once they are gone or the session has been ended from elsewhere.
pub async fn get(backend: &Backend, signed_in: SignedIn) -> Result<Option<User>> {
    Ok(sqlx::query_as!(
        User,
        "select id, email, name from users where id = $1 and session_epoch = $2",
        signed_in.user_id.0,
        signed_in.epoch,
    )
    .fetch_optional(&backend.pools.auth)
    .await?)
}

/// The strictest wish of the user's organizations for when they are signed out: after so many
/// minutes without a page.
pub async fn idle_minutes(backend: &Backend, user_id: UserId) -> Result<Option<i32>> {
    Ok(sqlx::query_scalar!(
        "select min(idle_minutes) from organizations
         join members on members.organization_id = organizations.id
         where user_id = $1",
        user_id.0,
    )
    .fetch_one(&backend.pools.auth)
    .await?)
}
