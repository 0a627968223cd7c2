//! Suspending an organization, and restoring it: one row changes, and all its keys are refused or
//! accepted again.

use serde_json::json;

use crate::audit::{self, Action};
use crate::error::FieldErrors;
use crate::organizations::list::{Tenant, tenant};
use crate::reps::Rep;
use crate::text::Reason;
use crate::{Backend, Error, Result, Rule, database};

/// The form's fields.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SuspensionForm {
    /// The organization's name, typed by whoever means it.
    pub name: String,
    pub reason: String,
}

/// A suspension, or its end, that somebody means.
#[derive(Clone, Debug)]
pub struct Suspension {
    reason: Reason,
}

impl Suspension {
    /// Of this tenant, whose name must have been typed.
    pub fn parse(form: &SuspensionForm, tenant: &Tenant) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let named = form.name.trim() == tenant.name;
        let named = errors.check("name", named.then_some(()).ok_or(Rule::NotTheName));
        let reason = errors.check("reason", Reason::parse(&form.reason));
        match (named, reason) {
            (Some(()), Some(reason)) => Ok(Self { reason }),
            _ => Err(errors.into_error()),
        }
    }

    /// By a command that names the organization itself.
    pub fn by_command(reason: &str) -> Result<Self> {
        let reason = Reason::parse(reason).map_err(|rule| Error::invalid("reason", rule))?;
        Ok(Self { reason })
    }
}

/// Refuses all of the organization's keys until it is restored. Its people can sign in and read why.
pub async fn suspend(backend: &Backend, rep: &Rep, slug: &str, why: &Suspension) -> Result<()> {
    let before = "It is suspended already: somebody else has just done it.";
    change(backend, rep, slug, why, Change { to: "SUSPENDED", from: "ACTIVE", before }).await
}

/// Accepts them again.
pub async fn restore(backend: &Backend, rep: &Rep, slug: &str, why: &Suspension) -> Result<()> {
    let before = "It is not suspended: somebody else has just restored it.";
    change(backend, rep, slug, why, Change { to: "ACTIVE", from: "SUSPENDED", before }).await
}

struct Change {
    to: &'static str,
    from: &'static str,
    /// What is said when it is so already.
    before: &'static str,
}

async fn change(
    backend: &Backend,
    rep: &Rep,
    slug: &str,
    why: &Suspension,
    change: Change,
) -> Result<()> {
    let tenant = tenant(backend, rep, slug).await?;
    let suspends = change.to == "SUSPENDED";
    let mut transaction = database::tenant::begin(&backend.pools.rep, tenant.id).await?;
    let changed = sqlx::query!(
        "update organizations set status = $2, suspended_at = $4, suspended_reason = $5
         where id = $1 and status = $3",
        tenant.id.0,
        change.to,
        change.from,
        suspends.then(|| backend.clock.now()),
        suspends.then(|| why.reason.as_str()),
    )
    .execute(&mut *transaction)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(change.before));
    }
    let action =
        if suspends { Action::OrganizationSuspended } else { Action::OrganizationRestored };
    let details =
        json!({ "before": change.from, "after": change.to, "reason": why.reason.as_str() });
    audit::record(&mut transaction, &rep.on(tenant.id), action, tenant.id.0, details).await?;
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::enter;
    use crate::testing::World;
    use crate::verification::{Demand, Presented, verify};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn one_row_refuses_every_key_and_says_why(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let (rep, admin) = (world.rep("robin").await?, world.admin("one", "delphos").await?);
        let other = world.admin("two", "delphos").await?;
        let (_, key) = world.key(&admin, "Export").await?;
        let (_, theirs) = world.key(&other, "Export").await?;
        world.follow().await;
        let said = |key: &crate::keys::mint::Credentials| {
            let key = Some(key.key.expose().as_bytes());
            let presented = Presented { key, ..Presented::default() };
            verify(&world.backend, presented, Demand::default()).outcome().as_str()
        };
        let backend = &world.backend;
        let why = Suspension::by_command("Invoices since March")?;
        assert!(matches!(restore(backend, &rep, "one", &why).await, Err(Error::Conflict(_))));
        suspend(backend, &rep, "one", &why).await?;
        assert_eq!((said(&key), said(&theirs)), ("organization_suspended", "accepted"));
        assert!(matches!(suspend(backend, &rep, "one", &why).await, Err(Error::Conflict(_))));
        let seen = enter(backend, admin.user_id(), "one", crate::audit::Origin::default()).await?;
        assert!(seen.organization().suspended);
        restore(backend, &rep, "one", &Suspension::by_command("Paid")?).await?;
        assert_eq!(said(&key), "accepted");
        let actions = world.actions(&admin).await?;
        let ends = ["organization.suspended", "organization.restored"];
        assert_eq!(actions[actions.len() - 2..], ends);
        let nobody = suspend(backend, &rep, "nobody", &why).await;
        assert_eq!(nobody, Err(Error::NotFound));
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn the_name_is_typed_and_a_reason_given(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let rep = world.rep("robin").await?;
        world.admin("one", "delphos").await?;
        let tenant = tenant(&world.backend, &rep, "one").await?;
        let form = |name: &str, reason: &str| {
            let form = SuspensionForm { name: name.to_owned(), reason: reason.to_owned() };
            Suspension::parse(&form, &tenant).map(|_| ()).err()
        };
        assert_eq!(form(" one ", "Paid"), None);
        let rules = |error| match error {
            Some(Error::Invalid(errors)) => {
                errors.into_iter().map(|error| (error.field, error.rule)).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(rules(form("One", " ")), [("name", Rule::NotTheName), ("reason", Rule::Empty)]);
        let long = "x".repeat(10_000);
        let too_long = Rule::TooLong { max: 200, length: 10_000 };
        assert_eq!(rules(form("one", &long)), [("reason", too_long)]);
        assert_eq!(rules(form("one", "<b>")), [("reason", Rule::Markup)]);
        assert_eq!(rules(form("one", "a\u{202E}b")), [("reason", Rule::Invisible)]);
        assert_eq!(form("one", "'; drop table organizations; -- 👻"), None);
        Ok(())
    }
}
