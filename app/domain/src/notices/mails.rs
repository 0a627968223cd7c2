//! Whether an organization's owners and admins get mail about keys that expire.

use serde_json::json;

use crate::audit::{self, Action};
use crate::members::Admin;
use crate::{Backend, Result, database};

/// Whether they do.
pub async fn wants_mails(backend: &Backend, admin: &Admin) -> Result<bool> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, admin.organization().id).await?;
    let wanted = sqlx::query_scalar!("select expiry_mails from organizations");
    Ok(wanted.fetch_one(&mut *transaction).await?)
}

/// Decides it for all of them.
pub async fn change_mails(backend: &Backend, admin: &Admin, wanted: bool) -> Result<()> {
    let id = admin.organization().id;
    let mut transaction = database::tenant::begin(&backend.pools.app, id).await?;
    let changed =
        sqlx::query!("update organizations set expiry_mails = $1 where expiry_mails <> $1", wanted)
            .execute(&mut *transaction)
            .await?;
    if changed.rows_affected() == 0 {
        return Ok(());
    }
    let details =
        json!({ "before": { "expiry_mails": !wanted }, "after": { "expiry_mails": wanted } });
    audit::record(&mut transaction, admin, Action::NoticesChanged, id.0, details).await?;
    transaction.commit().await?;
    Ok(())
}
