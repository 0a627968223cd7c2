//! Transactions that see one organization's rows and no others.

use sqlx::{PgPool, Postgres, Transaction};

use crate::Result;
use crate::ids::OrganizationId;

/// Begins a transaction in which row-level security lets through this organization's rows only.
/// The setting ends with the transaction, so a connection never carries it on to somebody else.
pub async fn begin(
    pool: &PgPool,
    organization_id: OrganizationId,
) -> Result<Transaction<'static, Postgres>> {
    let mut transaction = pool.begin().await?;
    enter(&mut transaction, organization_id).await?;
    Ok(transaction)
}

/// The same, to read only; every statement sees the organization as it was at the first.
pub async fn begin_snapshot(
    pool: &PgPool,
    organization_id: OrganizationId,
) -> Result<Transaction<'static, Postgres>> {
    let mut transaction = pool.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only")
        .execute(&mut *transaction)
        .await?;
    enter(&mut transaction, organization_id).await?;
    Ok(transaction)
}

/// The same within a transaction that is under way: from here on it works for this organization.
pub(crate) async fn enter(
    transaction: &mut Transaction<'static, Postgres>,
    organization_id: OrganizationId,
) -> Result<()> {
    sqlx::query!("select set_config('app.organization_id', $1, true)", organization_id.to_string())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(())
}
