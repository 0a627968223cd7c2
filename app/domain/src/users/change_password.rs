//! A new password, which ends all other sessions.

use secrecy::SecretString;
use serde_json::json;

use crate::audit::{self, Action, Origin};
use crate::error::FieldErrors;
use crate::users::confirm_password::confirm_password;
use crate::users::password::NewPassword;
use crate::users::{SignedIn, User};
use crate::{Backend, Error, Result, Rule};

/// Changes the password of somebody who knows the current one. Every session of theirs ends; the
/// result begins a new one.
pub async fn change_password(
    backend: &Backend,
    user: &User,
    current: SecretString,
    new: SecretString,
    origin: &Origin,
) -> Result<SignedIn> {
    let mut errors = FieldErrors::default();
    let stored = confirm_password(backend, user, current, origin).await?;
    let stored = errors.check("current_password", stored.ok_or(Rule::WrongPassword));
    let new = errors.check("new_password", NewPassword::parse(new, &user.email));
    let (Some(stored), Some(new)) = (stored, new) else {
        return Err(errors.into_error());
    };
    let hash = backend.passwords.hash(new.into_secret()).await?;

    let mut transaction = backend.pools.auth.begin().await?;
    // Of two changes at once, the second's current password is not the current one any more.
    let epoch = sqlx::query_scalar!(
        "update users set password_hash = $3, session_epoch = session_epoch + 1
         where id = $1 and password_hash = $2 returning session_epoch",
        user.id.0,
        stored,
        hash,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or_else(|| Error::invalid("current_password", Rule::WrongPassword))?;
    let action = Action::PasswordChanged;
    audit::record_everywhere(&mut transaction, user.id, origin, action, json!({})).await?;
    transaction.commit().await?;
    // Tokens of their logins have ended, too.
    backend.directory.catch_up().await;
    Ok(SignedIn { user_id: user.id, epoch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::Role;
    use crate::testing::World;
    use crate::users::authenticate::{Passed, authenticate};
    use crate::users::get::get;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn a_new_password_ends_all_sessions_but_the_one_it_begins(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let backend = &world.backend;
        let member = world.member("one", "delphos", Role::Viewer).await?;
        let hash = backend.passwords.hash("the first password".to_owned().into()).await?;
        sqlx::query!("update users set password_hash = $1", hash)
            .execute(&backend.pools.auth)
            .await?;
        let email = "viewer@one.example";
        let with = async |password: &str| {
            authenticate(backend, email, password.to_owned().into(), &Origin::default()).await
        };
        let Some(Passed::In(elsewhere)) = with("the first password").await? else {
            panic!("the first password was not taken")
        };
        assert_eq!(elsewhere.user_id, member.user_id());
        let user = get(backend, elsewhere).await?.ok_or(Error::Unauthenticated)?;

        let change = async |current: &str, new: &str| {
            let (current, new) = (current.to_owned().into(), new.to_owned().into());
            change_password(backend, &user, current, new, &Origin::default()).await
        };
        let Err(Error::Invalid(errors)) = change("a wrong password", "short").await else {
            panic!("a wrong password was taken")
        };
        let broken: Vec<_> = errors.into_iter().map(|error| (error.field, error.rule)).collect();
        assert_eq!(
            broken,
            [
                ("current_password", Rule::WrongPassword),
                ("new_password", Rule::TooShort { min: 12 })
            ]
        );
        assert!(get(backend, elsewhere).await?.is_some(), "nothing has ended yet");

        let here = change("the first password", "the second password").await?;
        assert_eq!(get(backend, elsewhere).await?, None);
        assert_eq!(get(backend, here).await?, Some(user.clone()));
        assert_eq!(with("the first password").await?, None);
        assert_eq!(with("the second password").await?, Some(Passed::In(here)));
        assert_eq!(world.actions(&member).await?, ["user.password_changed"]);
        Ok(())
    }
}
