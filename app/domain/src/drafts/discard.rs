//! Throwing a draft away.

use super::begin;
use crate::ids::DraftId;
use crate::reps::Rep;
use crate::{Backend, Error, Result};

/// Deletes the draft. One that has become an organization stays: copies of its form find it.
pub async fn discard(backend: &Backend, rep: &Rep, id: DraftId) -> Result<()> {
    let mut transaction = begin(backend, rep).await?;
    let gone =
        sqlx::query!("delete from tenant_drafts where id = $1 and provisioned_as is null", id.0)
            .execute(&mut *transaction)
            .await?;
    transaction.commit().await?;
    if gone.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}
