//! Whether somebody uses a second factor.

use time::OffsetDateTime;

use crate::ids::UserId;
use crate::{Backend, Result};

/// A second factor that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub since: OffsetDateTime,
    pub recovery_codes_left: i64,
}

/// The user's second factor; `None` while there is none, or it is not confirmed.
pub async fn get(backend: &Backend, user_id: UserId) -> Result<Option<Status>> {
    Ok(sqlx::query_as!(
        Status,
        r#"select confirmed_at as "since!",
                  (select count(*) from recovery_codes
                   where recovery_codes.user_id = second_factors.user_id and used_at is null)
                  as "recovery_codes_left!"
           from second_factors where user_id = $1 and confirmed_at is not null"#,
        user_id.0,
    )
    .fetch_optional(&backend.pools.auth)
    .await?)
}
