//! Signing in.

use secrecy::SecretString;

use crate::ids::UserId;
use crate::users::User;
use crate::{Backend, Result};

/// The user with this address and password; `None` when either is wrong, in the same time.
pub async fn authenticate(
    backend: &Backend,
    email: &str,
    password: SecretString,
) -> Result<Option<User>> {
    let row = sqlx::query!(
        "select id, email, name, password_hash from users where email = $1",
        email.trim().to_lowercase(),
    )
    .fetch_optional(&backend.pools.auth)
    .await?;
    let hash = row.as_ref().map(|row| row.password_hash.clone());
    let right = backend.passwords.verify(password, hash).await?;
    Ok(row.filter(|_| right).map(|row| User {
        id: UserId(row.id),
        email: row.email,
        name: row.name,
    }))
}
