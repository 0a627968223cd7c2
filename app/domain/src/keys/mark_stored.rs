//! Somebody says that they have stored the key they were shown.

use serde_json::json;

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::members::Admin;
use crate::{Backend, Error, Result, Rule, database};

/// Puts it on record who said so. `confirmed` is the form's checkbox.
pub async fn mark_stored(
    backend: &Backend,
    admin: &Admin,
    id: KeyId,
    confirmed: bool,
) -> Result<()> {
    if !confirmed {
        return Err(Error::invalid("stored", Rule::NotConfirmed));
    }
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    sqlx::query!("select id from api_keys where id = $1", id.0)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(Error::NotFound)?;
    audit::record(&mut transaction, admin, Action::KeyStored, id.0, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}
