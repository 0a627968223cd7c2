//! Looking after the datastores: each is brought to the shape that this program expects as soon as
//! it answers, and asked again and again whether it still does.

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use std::sync::Arc;
use std::time::Duration;

use crate::database::migrate;
use crate::{Backend, Result};

/// Between two looks at one.
const PAUSE: Duration = Duration::from_secs(2);
/// How long one may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// Looks after the one with this name, for ever.
pub fn keep(backend: Arc<Backend>, name: String) -> impl Future<Output = ()> + Send + 'static {
    let found = backend.datastores.iter().find(|one| one.name == name);
    let ways = found.map(|datastore| (datastore.owner.clone(), datastore.pool.clone()));
    async move {
        let Some((owner, pool)) = ways else { return };
        let (mut migrated, mut told) = (false, None);
        loop {
            let look = look(owner.clone(), pool.clone(), migrated);
            let looked = tokio::time::timeout(PATIENCE, look).await;
            let up = matches!(looked, Ok(Ok(())));
            migrated |= up;
            backend.datastores.note(&name, up);
            if told != Some(up) {
                told = Some(up);
                tell(&name, looked.ok());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn tell(name: &str, looked: Option<Result<()>>) {
    match looked {
        Some(Ok(())) => tracing::info!(name, "the datastore is up"),
        Some(Err(error)) => tracing::error!(name, %error, "the datastore is down"),
        None => tracing::error!(name, "the datastore is down: it does not answer"),
    }
}

pub(super) async fn look(owner: PgConnectOptions, pool: PgPool, migrated: bool) -> Result<()> {
    if !migrated {
        migrate::migrate_documents(owner).await?;
    }
    sqlx::query("select 1").execute(&pool).await?;
    Ok(())
}
