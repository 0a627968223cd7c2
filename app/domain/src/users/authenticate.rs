//! Signing in.

use secrecy::SecretString;

use crate::audit::Origin;
use crate::ids::UserId;
use crate::users::SignedIn;
use crate::users::throttle::Door;
use crate::{Backend, Result};

/// How far somebody has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// All the way.
    In(SignedIn),
    /// They use a second factor, of which [`crate::users::second_factor::check`] takes the code.
    CodeNeeded(SignedIn),
}

/// Signs in the user with this address and password; `None` when either is wrong, in the same
/// time. [`crate::Error::RateLimited`] after too many failures, whether the address has an account
/// or not.
pub async fn authenticate(
    backend: &Backend,
    email: &str,
    password: SecretString,
    origin: &Origin,
) -> Result<Option<Passed>> {
    // No address has a NUL, and PostgreSQL takes none: whoever sends one is told what others are.
    let email = email.trim().to_lowercase().replace('\0', "?");
    let now = backend.clock.now_ms();
    let attempt = backend.throttle.attempt(Door::SignIn, &email, origin.ip, now)?;
    let judged = judge(backend, &email, password).await;
    match &judged {
        Ok(Some(_)) => attempt.succeeded(),
        Ok(None) => drop(attempt),
        Err(_) => attempt.unjudged(),
    }
    judged
}

async fn judge(backend: &Backend, email: &str, password: SecretString) -> Result<Option<Passed>> {
    let row = sqlx::query!(
        r#"select id, password_hash, session_epoch,
                  exists (select from second_factors
                          where user_id = users.id and confirmed_at is not null) as "has_factor!"
           from users where email = $1"#,
        email,
    )
    .fetch_optional(&backend.pools.auth)
    .await?;
    let hash = row.as_ref().map(|row| row.password_hash.clone());
    let right = backend.passwords.verify(password, hash).await?;
    Ok(row.filter(|_| right).map(|row| {
        let signed_in = SignedIn { user_id: UserId(row.id), epoch: row.session_epoch };
        if row.has_factor { Passed::CodeNeeded(signed_in) } else { Passed::In(signed_in) }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::members::Role;
    use crate::testing::World;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use time::Duration;

    #[sqlx::test(migrations = false)]
    async fn known_and_unknown_addresses_wait_alike_and_the_right_password_works_after(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        world.member("one", "delphos", Role::Viewer).await?;
        let hash = backend.passwords.hash("the right password".to_owned().into()).await?;
        sqlx::query!("update users set password_hash = $1", hash)
            .execute(&backend.pools.auth)
            .await?;
        let from = Origin { ip: "192.0.2.1".parse().ok(), request_id: None };
        let attempt = async |email: &str, password: &str| {
            authenticate(backend, email, password.to_owned().into(), &from).await
        };
        for email in ["viewer@one.example", "nobody@one.example"] {
            for _ in 0..5 {
                assert_eq!(attempt(email, "a wrong password").await, Ok(None), "{email}");
            }
            // However it is written, and also with the right one.
            let limited = Err(Error::RateLimited { seconds: 1 });
            assert_eq!(attempt(&email.to_uppercase(), "the right password").await, limited);
        }
        world.clock.set(backend.clock.now() + Duration::SECOND);
        assert!(attempt("viewer@one.example", "the right password").await?.is_some());
        assert_eq!(attempt("nobody@one.example", "the right password").await?, None);
        assert_eq!(attempt("no\0body@one.example", "the right password").await?, None);
        Ok(())
    }
}
