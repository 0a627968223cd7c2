//! Signing in.

use secrecy::SecretString;

use crate::ids::UserId;
use crate::users::SignedIn;
use crate::{Backend, Result};

/// Signs in the user with this address and password; `None` when either is wrong, in the same time.
pub async fn authenticate(
    backend: &Backend,
    email: &str,
    password: SecretString,
) -> Result<Option<SignedIn>> {
    let row = sqlx::query!(
        "select id, password_hash, session_epoch from users where email = $1",
        email.trim().to_lowercase(),
    )
    .fetch_optional(&backend.pools.auth)
    .await?;
    let hash = row.as_ref().map(|row| row.password_hash.clone());
    let right = backend.passwords.verify(password, hash).await?;
    Ok(row
        .filter(|_| right)
        .map(|row| SignedIn { user_id: UserId(row.id), epoch: row.session_epoch }))
}
