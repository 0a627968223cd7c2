//! Beginning to use a second factor.

use super::Enrolment;
use super::code::{codes_of, enrolment, mint_secret};
use super::seal::seal;
use crate::users::{Fresh, User};
use crate::{Backend, Error, Result};

/// Makes a secret for the user's app. It counts for nothing until a code of it has been typed in;
/// beginning again makes another one.
pub async fn set_up(backend: &Backend, user: &User, _: &Fresh) -> Result<Enrolment> {
    let secret = mint_secret()?;
    let sealed = seal(&backend.pepper, user.id, &secret)?;
    let kept = sqlx::query!(
        "insert into second_factors (user_id, secret) values ($1, $2)
         on conflict (user_id) do update set secret = excluded.secret, last_step = null
         where second_factors.confirmed_at is null",
        user.id.0,
        sealed,
    )
    .execute(&backend.pools.auth)
    .await?;
    if kept.rows_affected() == 0 {
        return Err(Error::Conflict("You have a second factor already. Turn it off first."));
    }
    Ok(enrolment(&codes_of(secret.to_vec())?, &user.email))
}
