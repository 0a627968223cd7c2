//! The user behind a session.

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
