//! Noting in the audit log that tests have ended by themselves. The keys work already: this changes
//! nothing about them, and may come late.

use std::sync::Arc;
use std::time::Duration;

use super::end::record_end;
use crate::audit::{Oneself, Origin};
use crate::ids::{KeyId, OrganizationId, UserId};
use crate::{Backend, Result, database};

/// How often ended tests are looked for.
const EVERY: Duration = Duration::from_secs(5);

/// Notes every end, for as long as the program runs.
pub async fn note_until_stopped(backend: Arc<Backend>) {
    loop {
        if let Err(error) = note(&backend).await {
            tracing::warn!(%error, "ended tests of keys cannot be noted yet");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Notes the tests that have ended and are not noted yet. Several programs may do so at once.
pub async fn note(backend: &Backend) -> Result<()> {
    let now = backend.clock.now();
    let ended = sqlx::query!(
        "select id, organization_id from api_keys where scream_open and scream_until <= $1 limit 100",
        now
    )
    .fetch_all(&backend.pools.validator)
    .await?;
    for key in ended {
        note_one(backend, OrganizationId(key.organization_id), KeyId(key.id)).await?;
    }
    Ok(())
}

async fn note_one(backend: &Backend, organization_id: OrganizationId, id: KeyId) -> Result<()> {
    let mut transaction = database::tenant::begin(&backend.pools.app, organization_id).await?;
    let ended = sqlx::query!(
        r#"update api_keys set scream_open = false where id = $1 and scream_open and scream_until <= $2
           returning status, scream_by as "scream_by!", scream_until as "scream_until!""#,
        id.0,
        backend.clock.now(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(ended) = ended {
        // Whoever began it decided on its end as well.
        let user_id = UserId(ended.scream_by);
        let actor = Oneself { user_id, organization_id, origin: Origin::default() };
        record_end(&mut transaction, &actor, id, &ended.status, ended.scream_until, true).await?;
    }
    transaction.commit().await?;
    Ok(())
}
