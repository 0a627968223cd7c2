//! What is to be moved, and whether it can be.

use sqlx::{Postgres, Transaction};

use super::side::Side;
use crate::datastores::{OWN, Route, keep};
use crate::ids::OrganizationId;
use crate::keys::Environment;
use crate::organizations::list::{Tenant, tenant};
use crate::reps::Rep;
use crate::{Backend, Result, database};

/// A move that can be made.
#[derive(Clone, Debug)]
pub struct Move {
    pub slug: String,
    pub environment: Environment,
    pub(super) organization: OrganizationId,
    pub(super) from: Side,
    pub(super) to: Side,
}

/// Why documents are not moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    #[error("the file of datastores names no {0:?}; the program's own database is \"own\"")]
    Unknown(String),
    #[error("the documents are in {:?} already", .0.to.name)]
    There(Box<Move>),
    #[error("{0:?} is for the documents of others")]
    ForOthers(String),
    #[error("{0:?} has documents of this organization already, which no move has brought there")]
    Occupied(String),
    #[error("{0:?} does not answer")]
    Down(String),
    #[error("the documents are in {0:?}, which the file of datastores does not name")]
    Lost(String),
    #[error("the API has no such environment")]
    NoEnvironment,
    #[error("these documents are being moved by somebody else")]
    UnderWay,
    #[error("the copy is not the same as the original; nothing was changed")]
    Differs,
}

impl PartialEq for Move {
    fn eq(&self, other: &Self) -> bool {
        (self.organization, self.environment) == (other.organization, other.environment)
            && (&self.from.name, &self.to.name) == (&other.from.name, &other.to.name)
    }
}

impl Eq for Move {}

/// Finds out where the documents are, and whether both databases answer.
pub async fn plan(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    environment: Environment,
    to: &str,
) -> Result<std::result::Result<Move, Obstacle>> {
    let tenant = tenant(backend, rep, slug).await?;
    let profile = backend.profiles.get(&tenant.profile);
    if profile.is_none_or(|profile| profile.key_prefix(environment).is_none()) {
        return Ok(Err(Obstacle::NoEnvironment));
    }
    let whose = tenant.documents(environment);
    let target = if to == OWN {
        Route::Own
    } else {
        let Some(found) = backend.datastores.iter().find(|one| one.name == to) else {
            return Ok(Err(Obstacle::Unknown(to.to_owned())));
        };
        if !found.reach.includes(whose) {
            return Ok(Err(Obstacle::ForOthers(to.to_owned())));
        }
        Route::To(found)
    };
    let source = backend.datastores.route(whose);
    let lost = || Obstacle::Lost(whose.moved_to.unwrap_or_default().to_owned());
    let side = |route| Side::new(backend, route, &tenant, environment);
    let (Some(from), Some(to)) = (side(source), side(target)) else { return Ok(Err(lost())) };
    for route in [source, target] {
        if !answers(backend, route).await {
            return Ok(Err(Obstacle::Down(route.name().to_owned())));
        }
    }
    let it = Move { slug: tenant.slug.clone(), environment, organization: tenant.id, from, to };
    if it.from.name == it.to.name {
        return Ok(Err(Obstacle::There(Box::new(it))));
    }
    if it.to.is_home().await? {
        return Ok(Err(Obstacle::Occupied(it.to.name)));
    }
    Ok(Ok(it))
}

/// Whether the database answers; it is brought to the right shape.
async fn answers(backend: &Backend, route: Route<'_>) -> bool {
    let looked = match route {
        Route::Own => {
            sqlx::query("select 1").execute(&backend.pools.datastore).await.map_err(Into::into)
        }
        Route::To(datastore) => {
            let looked = keep::look(datastore.owner.clone(), datastore.pool.clone(), false);
            let looked = tokio::time::timeout(keep::PATIENCE * 3, looked).await;
            return matches!(looked, Ok(Ok(())));
        }
        Route::Lost => return false,
    };
    looked
        .map_err(|error: crate::Error| tracing::warn!(%error, "the database does not answer"))
        .is_ok()
}

impl Move {
    pub fn from(&self) -> &str {
        &self.from.name
    }

    pub fn to(&self) -> &str {
        &self.to.name
    }

    /// How many documents there are to be moved.
    pub async fn documents(&self) -> Result<i64> {
        Ok(self.from.sum().await?.documents)
    }

    /// For as long as the transaction is open, nobody else moves these documents; `None` if
    /// somebody does.
    pub(super) async fn alone(
        &self,
        backend: &Backend,
    ) -> Result<Option<Transaction<'static, Postgres>>> {
        let mut alone = database::tenant::begin(&backend.pools.rep, self.organization).await?;
        let text = format!("datastore.move {} {}", self.organization, self.environment.as_str());
        let got: bool = sqlx::query_scalar(
            "select pg_try_advisory_xact_lock(hashtextextended('alone ' || $1, 0))",
        )
        .bind(text)
        .fetch_one(&mut *alone)
        .await?;
        Ok(got.then_some(alone))
    }

    /// Whether the documents are where they were to go.
    pub(super) async fn is_switched(&self, backend: &Backend, rep: &Rep) -> Result<bool> {
        let now: Tenant = tenant(backend, rep, &self.slug).await?;
        Ok(backend.datastores.route(now.documents(self.environment)).name() == self.to.name)
    }

    /// All databases but the one that they are in.
    pub(super) fn others(&self, backend: &Backend) -> Vec<Side> {
        let named = backend.datastores.iter().map(Route::To);
        let all = std::iter::once(Route::Own).chain(named);
        let others = all.filter(|route| route.name() != self.to.name);
        others.filter_map(|route| self.to.elsewhere(backend, route)).collect()
    }
}
