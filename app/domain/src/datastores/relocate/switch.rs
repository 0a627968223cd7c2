//! The one row by which every node learns where documents are.

use serde_json::json;

use super::Move;
use crate::audit::{self, Action};
use crate::keys::Environment;
use crate::reps::Rep;
use crate::{Backend, Error, Result, database};

/// From here on they are in the new database.
pub async fn switch(backend: &Backend, rep: &Rep, it: &Move, documents: i64) -> Result<()> {
    let mut transaction = database::tenant::begin(&backend.pools.rep, it.organization).await?;
    let live = it.environment == Environment::Live;
    let switched = sqlx::query!(
        "update organizations set live_datastore = case when $2 then $3 else live_datastore end,
                                  test_datastore = case when $2 then test_datastore else $3 end
         where id = $1",
        it.organization.0,
        live,
        it.to.name,
    )
    .execute(&mut *transaction)
    .await?;
    if switched.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let details = json!({
        "environment": it.environment.as_str(),
        "before": it.from.name,
        "after": it.to.name,
        "documents": documents,
    });
    let actor = rep.on(it.organization);
    audit::record(&mut transaction, &actor, Action::DocumentsMoved, it.organization.0, details)
        .await?;
    transaction.commit().await?;
    Ok(())
}
