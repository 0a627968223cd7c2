//! Somebody says that they have stored the key they were shown.

use serde_json::json;

use crate::audit::{self, Action};
use crate::ids::KeyId;
use crate::keys::permit::permit;
use crate::members::Author;
use crate::{Backend, Error, Result, Rule, database};

/// Puts it on record who said so. `confirmed` is the form's checkbox.
pub async fn mark_stored(
    backend: &Backend,
    author: &Author,
    id: KeyId,
    confirmed: bool,
) -> Result<()> {
    if !confirmed {
        return Err(Error::invalid("stored", Rule::NotConfirmed));
    }
    let mut transaction =
        database::tenant::begin(&backend.pools.app, author.organization().id).await?;
    permit(&mut transaction, author, id).await?;
    audit::record(&mut transaction, author, Action::KeyStored, id.0, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}
