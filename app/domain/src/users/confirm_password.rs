//! Whether it still is the one who signed in.

use secrecy::SecretString;

use crate::audit::Origin;
use crate::users::User;
use crate::users::throttle::Door;
use crate::{Backend, Error, Result};

/// The user's stored hash, if the password is theirs. Guesses are counted: a session that somebody
/// else has got hold of must not be a way to find the password out.
pub(super) async fn confirm_password(
    backend: &Backend,
    user: &User,
    password: SecretString,
    origin: &Origin,
) -> Result<Option<String>> {
    let now = backend.clock.now_ms();
    let account = user.id.to_string();
    let attempt = backend.throttle.attempt(Door::Again, &account, origin.ip, now)?;
    let judged = judge(backend, user, password).await;
    match &judged {
        Ok(Some(_)) => attempt.succeeded(),
        Ok(None) => drop(attempt),
        Err(_) => attempt.unjudged(),
    }
    judged
}

async fn judge(backend: &Backend, user: &User, password: SecretString) -> Result<Option<String>> {
    let stored = sqlx::query_scalar!("select password_hash from users where id = $1", user.id.0)
        .fetch_optional(&backend.pools.auth)
        .await?
        .ok_or(Error::Unauthenticated)?;
    let right = backend.passwords.verify(password, Some(stored.clone())).await?;
    Ok(right.then_some(stored))
}
