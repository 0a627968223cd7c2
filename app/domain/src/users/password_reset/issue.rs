//! A link for somebody who has forgotten their password.

use time::OffsetDateTime;

use super::{LIFETIME, ResetLetter};
use crate::Result;
use crate::database::Pools;
use crate::invitations::Token;

/// Makes a link for the user with this address; `None` when nobody has it. Earlier links work on
/// until they expire: whoever asks again and again cannot make the letter that has arrived worthless.
pub async fn issue(pools: &Pools, email: &str, now: OffsetDateTime) -> Result<Option<ResetLetter>> {
    let email = email.trim().to_lowercase();
    let token = Token::mint()?;
    let expires_at = now + LIFETIME;
    sqlx::query!("delete from password_resets where expires_at <= $1", now)
        .execute(&pools.auth)
        .await?;
    let made = sqlx::query!(
        "insert into password_resets (token_hash, user_id, created_at, expires_at)
         select $2, id, $3, $4 from users where email = $1",
        email,
        &token.hash(),
        now,
        expires_at,
    )
    .execute(&pools.auth)
    .await?;
    Ok((made.rows_affected() == 1).then_some(ResetLetter { email, token, expires_at }))
}
