//! The first code, from which on the second factor counts.

use serde_json::json;

use super::RecoveryCodes;
use super::code::{Typed, codes_of, mint_recovery_codes};
use super::seal::open;
use crate::audit::{self, Action, Origin};
use crate::users::throttle::Door;
use crate::users::{SignedIn, User};
use crate::{Backend, Error, Result, Rule};

/// Takes the first code of the app. Every session of theirs ends, because none of them has shown a
/// code; the result begins a new one.
pub async fn confirm(
    backend: &Backend,
    user: &User,
    code: &str,
    origin: &Origin,
) -> Result<(SignedIn, RecoveryCodes)> {
    let (now, account) = (backend.clock.now_ms(), user.id.to_string());
    let attempt = backend.throttle.attempt(Door::Again, &account, origin.ip, now)?;
    let confirmed = judge(backend, user, code, origin).await;
    match &confirmed {
        Ok(_) => attempt.succeeded(),
        Err(Error::Invalid(_)) => drop(attempt),
        Err(_) => attempt.unjudged(),
    }
    confirmed
}

async fn judge(
    backend: &Backend,
    user: &User,
    code: &str,
    origin: &Origin,
) -> Result<(SignedIn, RecoveryCodes)> {
    let mut transaction = backend.pools.auth.begin().await?;
    let sealed = sqlx::query_scalar!(
        "select secret from second_factors where user_id = $1 and confirmed_at is null for update",
        user.id.0,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::Conflict("Nothing is being set up here, or it is done already."))?;
    let now = backend.clock.now();
    let step = match Typed::parse(code) {
        Some(Typed::FromApp(digits)) => codes_of(open(&backend.pepper, user.id, &sealed)?)?
            .check(&digits, now.unix_timestamp().unsigned_abs()),
        _ => None,
    };
    let Some(step) = step.and_then(|step| i64::try_from(step).ok()) else {
        return Err(Error::invalid("code", Rule::WrongCode));
    };
    sqlx::query!(
        "update second_factors set confirmed_at = $2, last_step = $3 where user_id = $1",
        user.id.0,
        now,
        step,
    )
    .execute(&mut *transaction)
    .await?;
    let (codes, digests) = mint_recovery_codes(&backend.pepper, user.id)?;
    sqlx::query!(
        "insert into recovery_codes (user_id, digest) select $1, unnest($2::bytea[])",
        user.id.0,
        &digests,
    )
    .execute(&mut *transaction)
    .await?;
    let epoch = sqlx::query_scalar!(
        "update users set session_epoch = session_epoch + 1 where id = $1 returning session_epoch",
        user.id.0,
    )
    .fetch_one(&mut *transaction)
    .await?;
    let action = Action::SecondFactorSetUp;
    audit::record_everywhere(&mut transaction, user.id, origin, action, json!({})).await?;
    transaction.commit().await?;
    // Tokens of logins end with the sessions.
    backend.directory.catch_up().await;
    Ok((SignedIn { user_id: user.id, epoch }, codes))
}
