//! What an organization's people and the vendor have signed.

use time::{Date, OffsetDateTime};

use crate::approvals::Gate;
use crate::organizations::list::tenant;
use crate::reps::Rep;
use crate::{Backend, Result};

/// A signature on record.
#[derive(Clone, Debug)]
pub struct Approval {
    pub gate: Gate,
    pub decided_on: Date,
    pub reference: String,
    pub signer: String,
    /// The name of the rep.
    pub recorded_by: String,
    pub recorded_at: OffsetDateTime,
    /// Changes with each correction: a form made from another one is stale.
    pub version: i64,
}

/// Microseconds since 1970, as exact as the database has them.
pub(super) fn version(recorded_at: OffsetDateTime) -> i64 {
    i64::try_from(recorded_at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// All that is on record of the organization with this slug.
pub async fn list(backend: &Backend, rep: &Rep, slug: &str) -> Result<Vec<Approval>> {
    let id = tenant(backend, rep, slug).await?.id;
    let rows = sqlx::query!(
        "select gate, decided_on, reference, signer, users.name, recorded_at
         from approvals join users on users.id = recorded_by
         where organization_id = $1 order by gate desc",
        id.0,
    )
    .fetch_all(&backend.pools.rep)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Approval {
                gate: Gate::named(&row.gate)?,
                decided_on: row.decided_on,
                reference: row.reference,
                signer: row.signer,
                recorded_by: row.name,
                recorded_at: row.recorded_at,
                version: version(row.recorded_at),
            })
        })
        .collect())
}
