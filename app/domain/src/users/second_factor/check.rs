//! The code at sign-in.

use serde_json::json;

use super::code::{Typed, codes_of, recovery_digest};
use super::seal::open;
use crate::audit::{self, Action, Origin};
use crate::ids::UserId;
use crate::users::throttle::Door;
use crate::{Backend, Result};

/// Whether the code is one of the user's, from the app or written down. Each works once, also when
/// it is sent a hundred times at once.
pub async fn check(
    backend: &Backend,
    user_id: UserId,
    code: &str,
    origin: &Origin,
) -> Result<bool> {
    let (now, account) = (backend.clock.now_ms(), user_id.to_string());
    let attempt = backend.throttle.attempt(Door::SecondFactor, &account, origin.ip, now)?;
    let right = match Typed::parse(code) {
        Some(Typed::FromApp(digits)) => take_step(backend, user_id, &digits).await,
        Some(Typed::Recovery(code)) => take_recovery(backend, user_id, &code, origin).await,
        None => Ok(false),
    };
    match &right {
        Ok(true) => attempt.succeeded(),
        Ok(false) => drop(attempt),
        Err(_) => attempt.unjudged(),
    }
    right
}

async fn take_step(backend: &Backend, user_id: UserId, digits: &str) -> Result<bool> {
    let sealed = sqlx::query_scalar!(
        "select secret from second_factors where user_id = $1 and confirmed_at is not null",
        user_id.0,
    )
    .fetch_optional(&backend.pools.auth)
    .await?;
    let Some(sealed) = sealed else { return Ok(false) };
    let codes = codes_of(open(&backend.pepper, user_id, &sealed)?)?;
    let now = backend.clock.now().unix_timestamp().unsigned_abs();
    let Some(step) = codes.check(digits, now).and_then(|step| i64::try_from(step).ok()) else {
        return Ok(false);
    };
    let taken = sqlx::query!(
        "update second_factors set last_step = $2
         where user_id = $1 and confirmed_at is not null and (last_step is null or last_step < $2)",
        user_id.0,
        step,
    )
    .execute(&backend.pools.auth)
    .await?;
    Ok(taken.rows_affected() == 1)
}

async fn take_recovery(
    backend: &Backend,
    user_id: UserId,
    code: &str,
    origin: &Origin,
) -> Result<bool> {
    let digest = recovery_digest(&backend.pepper, user_id, code);
    let mut transaction = backend.pools.auth.begin().await?;
    let taken = sqlx::query!(
        "update recovery_codes set used_at = $3
         from second_factors
         where recovery_codes.user_id = $1 and digest = $2 and used_at is null
           and second_factors.user_id = recovery_codes.user_id and confirmed_at is not null",
        user_id.0,
        &digest.0,
        backend.clock.now(),
    )
    .execute(&mut *transaction)
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(false);
    }
    let left = sqlx::query_scalar!(
        r#"select count(*) as "left!" from recovery_codes where user_id = $1 and used_at is null"#,
        user_id.0,
    )
    .fetch_one(&mut *transaction)
    .await?;
    let (action, details) = (Action::RecoveryCodeUsed, json!({ "left": left }));
    audit::record_everywhere(&mut transaction, user_id, origin, action, details).await?;
    transaction.commit().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::{Member, Role, enter};
    use crate::testing::{World, fresh};
    use crate::users::second_factor::confirm::confirm;
    use crate::users::second_factor::get::get;
    use crate::users::second_factor::remove::remove;
    use crate::users::second_factor::set_up::set_up;
    use crate::users::{self, SignedIn, User};
    use crate::{Error, Rule};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;
    use time::Duration;
    use totp_rs::{Builder, Secret, Totp};

    fn user_of(member: &Member, email: &str) -> User {
        User { id: member.user_id(), email: email.to_owned(), name: "Somebody".to_owned() }
    }

    /// What the user's phone does with the text.
    fn phone(secret: &str) -> Totp {
        let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap_or_else(|error| {
            panic!("not a secret: {error:?}");
        });
        Builder::new().with_secret(secret).build().unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn code(phone: &Totp, world: &World) -> String {
        phone.generate(world.backend.clock.now().unix_timestamp().unsigned_abs()).to_string()
    }

    #[sqlx::test(migrations = false)]
    async fn counts_once_confirmed_and_each_code_works_once(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (backend, from) = (&world.backend, Origin::default());
        let member = world.member("one", "delphos", Role::Viewer).await?;
        let (id, user) = (member.user_id(), user_of(&member, "viewer@one.example"));
        let elsewhere = SignedIn { user_id: id, epoch: 0 };

        let first = set_up(backend, &user, &fresh()?).await?;
        let enrolment = set_up(backend, &user, &fresh()?).await?;
        assert_ne!(first.secret(), enrolment.secret());
        let phone = phone(enrolment.secret());
        assert!(!check(backend, id, &code(&phone, &world), &from).await?, "not confirmed yet");
        assert_eq!(get(backend, id).await?, None);
        let wrong = confirm(backend, &user, "000000", &from).await;
        assert_eq!(wrong.map(|_| ()), Err(Error::invalid("code", Rule::WrongCode)));

        let now = code(&phone, &world);
        let (here, codes) = confirm(backend, &user, &now, &from).await?;
        assert_eq!(users::get::get(backend, elsewhere).await?, None, "other sessions have ended");
        assert!(users::get::get(backend, here).await?.is_some());
        assert!(!check(backend, id, &now, &from).await?, "the first code is used");
        world.clock.set(backend.clock.now() + Duration::seconds(30));
        let now = code(&phone, &world);
        let tries: Vec<_> = (0..5)
            .map(|_| {
                let (backend, now) = (Arc::clone(&world.backend), now.clone());
                tokio::spawn(async move { check(&backend, id, &now, &Origin::default()).await })
            })
            .collect();
        let mut passed = 0;
        for one in tries {
            let outcome = one.await.map_err(|error| Error::Internal(error.to_string()))?;
            passed += usize::from(outcome?);
        }
        assert_eq!(passed, 1);

        assert_eq!(codes.expose().len(), 10);
        let recovery = codes.expose()[3].to_uppercase();
        assert!(check(backend, id, &recovery, &from).await?);
        assert!(!check(backend, id, &recovery, &from).await?, "used");
        let status = get(backend, id).await?.ok_or(Error::NotFound)?;
        assert_eq!(status.recovery_codes_left, 9);
        let again = set_up(backend, &user, &fresh()?).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");

        remove(backend, &user, &from, &fresh()?).await?;
        assert_eq!(get(backend, id).await?, None);
        assert!(!check(backend, id, codes.expose()[4], &from).await?);
        assert_eq!(
            world.actions(&member).await?,
            ["user.second_factor_set_up", "user.recovery_code_used", "user.second_factor_removed"]
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn guessing_codes_is_slowed(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let member = world.member("one", "delphos", Role::Viewer).await?;
        let from = Origin { ip: "192.0.2.1".parse().ok(), request_id: None };
        let mut guesses = 0;
        loop {
            let code = format!("{guesses:06}");
            match check(&world.backend, member.user_id(), &code, &from).await {
                Ok(false) => guesses += 1,
                Err(Error::RateLimited { seconds: 1 }) => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(guesses, 5);
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn an_organization_that_asks_for_it_lets_nobody_in_without(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        use crate::organizations::NewSecurity;
        use crate::organizations::change_security::change_security;
        let world = World::new(owner).await?;
        let (backend, from) = (&world.backend, Origin::default());
        let owner = world.owner_of("one").await?.owner()?;
        let viewer = world.join(&owner, "viewer", Role::Viewer).await?;
        let new = NewSecurity { second_factor_required: true, idle_minutes: None, seen: 1 };
        let own_first = change_security(backend, &owner, &new, &fresh()?).await;
        let rule = Rule::SecondFactorFirst;
        assert_eq!(own_first, Err(Error::invalid("second_factor_required", rule)));
        let set_it_up = async |user: &User| {
            let phone = phone(set_up(backend, user, &fresh()?).await?.secret());
            confirm(backend, user, &code(&phone, &world), &from).await
        };
        set_it_up(&user_of(&owner, "owner@one.example")).await?;
        change_security(backend, &owner, &new, &fresh()?).await?;

        enter(backend, owner.user_id(), "one", from.clone()).await?;
        let refused = enter(backend, viewer.user_id(), "one", from.clone()).await;
        assert_eq!(refused.map(|_| ()), Err(Error::SecondFactorNeeded));
        let user = user_of(&viewer, "viewer.joined@one.example");
        set_up(backend, &user, &fresh()?).await?;
        let begun = enter(backend, viewer.user_id(), "one", from.clone()).await;
        assert_eq!(begun.map(|_| ()), Err(Error::SecondFactorNeeded), "begun is not done");
        set_it_up(&user).await?;
        enter(backend, viewer.user_id(), "one", from.clone()).await?;
        Ok(())
    }
}
