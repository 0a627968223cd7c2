//! Beginning a draft.

use super::{MOST, begin};
use crate::ids::DraftId;
use crate::reps::Rep;
use crate::{Backend, Error, Result};

/// An empty draft.
pub async fn start(backend: &Backend, rep: &Rep) -> Result<DraftId> {
    let mut transaction = begin(backend, rep).await?;
    let open = sqlx::query_scalar!(
        r#"select count(*) as "open!" from tenant_drafts where provisioned_as is null"#
    )
    .fetch_one(&mut *transaction)
    .await?;
    if open >= MOST {
        return Err(Error::Conflict("You have 100 drafts already: finish or discard some first."));
    }
    let id = DraftId::generate();
    sqlx::query!("insert into tenant_drafts (id, rep_id) values ($1, $2)", id.0, rep.user_id().0)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(id)
}
