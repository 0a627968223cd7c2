//! Correcting what an organization was provisioned with.

use serde_json::json;

use crate::audit::{self, Action};
use crate::keys::Environment;
use crate::organizations::Plan;
use crate::organizations::list::{Tenant, tenant};
use crate::reps::Rep;
use crate::{Backend, Error, Result, Rule, database};

/// What a rep may change afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub plan: Plan,
    /// At least one. Keys that exist stay as they are; new ones are made for these only.
    pub environments: Vec<Environment>,
    pub external_id: Option<String>,
}

impl Terms {
    pub fn of(tenant: &Tenant) -> Self {
        Self {
            plan: tenant.plan,
            environments: tenant.environments.clone(),
            external_id: tenant.external_id.clone(),
        }
    }

    fn names(&self) -> Vec<String> {
        self.environments.iter().map(|environment| environment.as_str().to_owned()).collect()
    }

    fn json(&self) -> serde_json::Value {
        json!({ "plan": self.plan, "environments": self.environments,
                "external_id": self.external_id })
    }
}

/// Sets the terms of the organization with this slug, if they are still those that were seen.
/// Nothing happens where nothing differs.
pub async fn correct(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    seen: &Terms,
    terms: &Terms,
) -> Result<()> {
    let tenant = tenant(backend, rep, slug).await?;
    if seen == terms {
        return Ok(());
    }
    let mut transaction = database::tenant::begin(&backend.pools.rep, tenant.id).await?;
    let changed = sqlx::query!(
        "update organizations set plan = $2, environments = $3, external_id = $4
         where id = $1 and plan = $5 and environments = $6 and external_id is not distinct from $7",
        tenant.id.0,
        terms.plan.as_str(),
        &terms.names(),
        terms.external_id,
        seen.plan.as_str(),
        &seen.names(),
        seen.external_id,
    )
    .execute(&mut *transaction)
    .await
    .map_err(|error| match database::violated_constraint(&error) {
        Some("organizations_external_id_key") => Error::invalid("external_id", Rule::IdTaken),
        _ => error.into(),
    })?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict("Somebody else has just changed this organization."));
    }
    let details = json!({ "before": seen.json(), "after": terms.json() });
    let (actor, id) = (rep.on(tenant.id), tenant.id.0);
    audit::record(&mut transaction, &actor, Action::OrganizationCorrected, id, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::create::{NewKey, create};
    use crate::testing::{World, new_key};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn new_terms_hold_from_now_on(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "clinikapi").await?);
        world.admin("two", "clinikapi").await?;
        let backend = &world.backend;
        let seen = Terms::of(&tenant(backend, &rep, "one").await?);
        let terms = Terms {
            plan: Plan::Pro,
            environments: vec![Environment::Test],
            external_id: Some("org_1".to_owned()),
        };
        correct(backend, &rep, "one", &seen, &terms).await?;
        let stale = correct(backend, &rep, "one", &seen, &terms).await;
        assert!(matches!(stale, Err(Error::Conflict(_))), "{stale:?}");
        correct(backend, &rep, "one", &terms, &terms).await?;
        assert_eq!(Terms::of(&tenant(backend, &rep, "one").await?), terms);
        assert_eq!(world.actions(&admin).await?, ["organization.corrected"]);

        let live = create(backend, &admin, &new_key("Export")?).await;
        assert_eq!(live.map(|_| ()), Err(Error::invalid("environment", Rule::NotAChoice)));
        let test = NewKey { environment: Environment::Test, ..new_key("Export")? };
        create(backend, &admin, &test).await?;
        // The number names one tenant.
        let other = Terms::of(&tenant(backend, &rep, "two").await?);
        let taken = Terms { external_id: terms.external_id, ..other.clone() };
        assert_eq!(
            correct(backend, &rep, "two", &other, &taken).await,
            Err(Error::invalid("external_id", Rule::IdTaken))
        );
        Ok(())
    }
}
