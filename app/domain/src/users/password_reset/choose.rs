//! A new password by a link, which ends all sessions.

use secrecy::SecretString;
use serde_json::json;

use super::find::find;
use crate::audit::{self, Action, Origin};
use crate::ids::UserId;
use crate::invitations::Token;
use crate::users::password::NewPassword;
use crate::{Backend, Error, Result};

/// Takes the link and the new password. `false`: the link does not work, or not any more. A second
/// factor stays as it is: the link alone signs nobody in.
pub async fn choose(
    backend: &Backend,
    token: &Token,
    new: SecretString,
    origin: &Origin,
) -> Result<bool> {
    // Hashing is work, which only the holder of a link may ask for.
    let Some(email) = find(backend, token).await? else { return Ok(false) };
    let new = NewPassword::parse(new, &email);
    let new = new.map_err(|rule| Error::invalid("new_password", rule))?;
    let hash = backend.passwords.hash(new.into_secret()).await?;
    let mut transaction = backend.pools.auth.begin().await?;
    // Of two at once, the second finds it taken.
    let user_id = sqlx::query_scalar!(
        "delete from password_resets where token_hash = $1 and expires_at > $2 returning user_id",
        &token.hash(),
        backend.clock.now(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(user_id) = user_id else { return Ok(false) };
    sqlx::query!("delete from password_resets where user_id = $1", user_id)
        .execute(&mut *transaction)
        .await?;
    sqlx::query!(
        "update users set password_hash = $2, session_epoch = session_epoch + 1 where id = $1",
        user_id,
        hash,
    )
    .execute(&mut *transaction)
    .await?;
    let (action, details) = (Action::PasswordChanged, json!({ "by": "link" }));
    audit::record_everywhere(&mut transaction, UserId(user_id), origin, action, details).await?;
    transaction.commit().await?;
    // Tokens of their logins have ended, too.
    backend.directory.catch_up().await;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;
    use crate::members::Role;
    use crate::testing::World;
    use crate::users::authenticate::{Passed, authenticate};
    use crate::users::get::get;
    use crate::users::password_reset::LIFETIME;
    use crate::users::password_reset::issue::issue;
    use crate::users::{SignedIn, password_reset::ResetLetter};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;

    async fn letter(world: &World, email: &str) -> Result<ResetLetter> {
        let (pools, now) = (&world.backend.pools, world.backend.clock.now());
        issue(pools, email, now).await?.ok_or(Error::NotFound)
    }

    #[sqlx::test(migrations = false)]
    async fn a_link_works_once_and_ends_all_sessions(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, from) = (&world.backend, Origin::default());
        let member = world.member("one", "delphos", Role::Viewer).await?;
        let before = SignedIn { user_id: member.user_id(), epoch: 0 };
        let now = backend.clock.now();
        assert!(issue(&backend.pools, "nobody@one.example", now).await?.is_none());
        let unused = letter(&world, "viewer@one.example").await?;
        let letter = letter(&world, " Viewer@One.example").await?;
        let short = choose(backend, &letter.token, "short".into(), &from).await;
        assert_eq!(short, Err(Error::invalid("new_password", Rule::TooShort { min: 12 })));
        assert!(get(backend, before).await?.is_some(), "nothing has ended yet");

        let tries: Vec<_> = (0..8)
            .map(|_| {
                let (backend, token) = (Arc::clone(&world.backend), letter.token.clone());
                tokio::spawn(async move {
                    let new = "a long new password".to_owned().into();
                    choose(&backend, &token, new, &Origin::default()).await
                })
            })
            .collect();
        let mut chosen = 0;
        for one in tries {
            let outcome = one.await.map_err(|error| Error::Internal(error.to_string()))?;
            chosen += usize::from(outcome?);
        }
        assert_eq!(chosen, 1);
        assert_eq!(get(backend, before).await?, None);
        let new = "a long new password".to_owned().into();
        let signed_in = authenticate(backend, "viewer@one.example", new, &from).await?;
        assert!(matches!(signed_in, Some(Passed::In(_))), "{signed_in:?}");
        let other = choose(backend, &unused.token, "another long password".into(), &from).await;
        assert_eq!(other, Ok(false), "the other link ends with it");
        assert_eq!(world.actions(&member).await?, ["user.password_changed"]);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_link_ends_after_an_hour(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        world.member("one", "delphos", Role::Viewer).await?;
        let backend = &world.backend;
        let letter = letter(&world, "viewer@one.example").await?;
        assert_eq!(find(backend, &letter.token).await?.as_deref(), Some("viewer@one.example"));
        world.clock.set(backend.clock.now() + LIFETIME);
        assert_eq!(find(backend, &letter.token).await?, None);
        let late =
            choose(backend, &letter.token, "a long password".into(), &Origin::default()).await;
        assert_eq!(late, Ok(false));
        let unknown: Token = "0f".repeat(32).parse()?;
        assert_eq!(find(backend, &unknown).await?, None);
        Ok(())
    }
}
