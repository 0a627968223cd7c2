//! Looking at one's drafts.

use super::{Draft, begin};
use crate::ids::DraftId;
use crate::reps::Rep;
use crate::tenants::Step;
use crate::{Backend, Error, Result};

/// One draft, also when it has become an organization.
pub async fn get(backend: &Backend, rep: &Rep, id: DraftId) -> Result<Draft> {
    select(backend, rep, Some(id)).await?.pop().ok_or(Error::NotFound)
}

/// Those that are still open, the latest first.
pub async fn list(backend: &Backend, rep: &Rep) -> Result<Vec<Draft>> {
    select(backend, rep, None).await
}

async fn select(backend: &Backend, rep: &Rep, id: Option<DraftId>) -> Result<Vec<Draft>> {
    let mut transaction = begin(backend, rep).await?;
    let rows = sqlx::query!(
        r#"select tenant_drafts.id, answers, step, updated_at, slug as "slug?"
           from tenant_drafts left join organizations on organizations.id = provisioned_as
           where tenant_drafts.id = $1 or ($1::uuid is null and provisioned_as is null)
           order by updated_at desc, tenant_drafts.id"#,
        id.map(|id| id.0),
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    rows.into_iter()
        .map(|row| {
            Ok(Draft {
                id: DraftId(row.id),
                answers: serde_json::from_value(row.answers)
                    .map_err(|error| Error::Internal(format!("a draft cannot be read: {error}")))?,
                step: Step::named(&row.step).unwrap_or(Step::Organization),
                provisioned_as: row.slug,
                updated_at: row.updated_at,
            })
        })
        .collect()
}
