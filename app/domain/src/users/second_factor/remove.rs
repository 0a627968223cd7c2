//! Doing without a second factor again.

use serde_json::json;

use crate::audit::{self, Action, Origin};
use crate::users::{Fresh, User};
use crate::{Backend, Result};

/// Removes the second factor and its recovery codes. Organizations that ask for one do not let the
/// user in until there is another. Without any, nothing changes.
pub async fn remove(backend: &Backend, user: &User, origin: &Origin, _: &Fresh) -> Result<()> {
    let mut transaction = backend.pools.auth.begin().await?;
    let confirmed = sqlx::query_scalar!(
        "delete from second_factors where user_id = $1 returning confirmed_at",
        user.id.0,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if confirmed.flatten().is_some() {
        let action = Action::SecondFactorRemoved;
        audit::record_everywhere(&mut transaction, user.id, origin, action, json!({})).await?;
    }
    transaction.commit().await?;
    Ok(())
}
