//! Whose link it is.

use crate::invitations::Token;
use crate::{Backend, Result};

/// The address of the user whom the link lets choose a password; `None` when it does not, or does
/// not any more.
pub async fn find(backend: &Backend, token: &Token) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "select email from password_resets join users on users.id = user_id
         where token_hash = $1 and expires_at > $2",
        &token.hash(),
        backend.clock.now(),
    )
    .fetch_optional(&backend.pools.auth)
    .await?)
}
