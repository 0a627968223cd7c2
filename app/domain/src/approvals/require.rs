//! Whether the gates before a key are open.

use sqlx::{Postgres, Transaction};

use super::{Gate, closed_by};
use crate::keys::Environment;
use crate::members::Member;
use crate::profiles::Profile;
use crate::{Backend, Error, Result, Rule, database};

/// In which environments an organization may have keys, and what is signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permits {
    environments: Vec<Environment>,
    open: Vec<Gate>,
}

impl Permits {
    /// The environments that both the vendor and the organization have, live first.
    pub fn environments(&self, profile: &Profile) -> Vec<Environment> {
        profile.environments().filter(|known| self.environments.contains(known)).collect()
    }

    /// The gates before keys of this environment that are closed.
    pub fn missing(&self, profile: &Profile, environment: Environment) -> Vec<Gate> {
        let gates = profile.gates(environment).iter().copied();
        gates.filter(|gate| !self.open.contains(gate)).collect()
    }
}

/// For the member's organization.
pub async fn permits(backend: &Backend, member: &Member) -> Result<Permits> {
    let mut transaction =
        database::tenant::begin(&backend.pools.app, member.organization().id).await?;
    let permits = read(&mut transaction).await?;
    transaction.commit().await?;
    Ok(permits)
}

/// Refuses to make a key of this environment while it is not the organization's, or a gate before
/// it is closed. The transaction is one of an organization.
pub(crate) async fn require(
    transaction: &mut Transaction<'static, Postgres>,
    profile: &Profile,
    environment: Environment,
) -> Result<()> {
    let permits = read(transaction).await?;
    if !permits.environments(profile).contains(&environment) {
        return Err(Error::invalid("environment", Rule::NotAChoice));
    }
    match closed_by(&permits.missing(profile, environment)) {
        Some(sentence) => Err(Error::invalid("environment", Rule::GateClosed(sentence))),
        None => Ok(()),
    }
}

/// The same refusal where there is no field to choose the environment in.
pub(crate) fn as_conflict(error: Error) -> Error {
    let Error::Invalid(errors) = &error else { return error };
    match errors.first().map(|error| &error.rule) {
        Some(Rule::GateClosed(sentence)) => Error::Conflict(sentence),
        Some(Rule::NotAChoice) => {
            Error::Conflict("The organization has no keys for this environment any more.")
        }
        _ => error,
    }
}

async fn read(transaction: &mut Transaction<'static, Postgres>) -> Result<Permits> {
    let row = sqlx::query!(
        r#"select environments, array(select gate from approvals) as "open!: Vec<String>"
           from organizations"#
    )
    .fetch_one(&mut **transaction)
    .await?;
    let environments = row.environments.iter();
    Ok(Permits {
        environments: environments.filter_map(|name| Environment::named(name)).collect(),
        open: row.open.iter().filter_map(|name| Gate::named(name)).collect(),
    })
}
