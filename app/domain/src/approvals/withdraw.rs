//! Taking a recorded approval back.

use serde_json::json;

use crate::approvals::Gate;
use crate::audit::{self, Action};
use crate::organizations::list::tenant;
use crate::reps::Rep;
use crate::{Backend, Error, Result, database};

/// Closes the gate again, if the record is still the one that was seen.
pub async fn withdraw(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    gate: Gate,
    seen: i64,
) -> Result<()> {
    let id = tenant(backend, rep, slug).await?.id;
    let mut transaction = database::tenant::begin(&backend.pools.rep, id).await?;
    let before = sqlx::query!(
        "select decided_on, reference, signer, recorded_at from approvals
         where organization_id = $1 and gate = $2 for update",
        id.0,
        gate.as_str(),
    )
    .fetch_optional(&mut *transaction)
    .await?
    .filter(|before| super::list::version(before.recorded_at) == seen)
    .ok_or(Error::Conflict("Somebody else has just changed this approval."))?;
    sqlx::query!(
        "delete from approvals where organization_id = $1 and gate = $2",
        id.0,
        gate.as_str()
    )
    .execute(&mut *transaction)
    .await?;
    let details = json!({ "gate": gate, "before": {
        "decided_on": before.decided_on.to_string(), "reference": before.reference,
        "signer": before.signer,
    } });
    audit::record(&mut transaction, &rep.on(id), Action::ApprovalWithdrawn, id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}
