//! Several organizations at once: all or none.

use crate::error::BrokenLine;
use crate::reps::Rep;
use crate::tenants::provision::{check_free, insert};
use crate::tenants::{HandOver, NewTenant, TenantForm};
use crate::{Backend, Error, Result, Rule};

/// Checks every line against all rules, those of the other lines too. Nothing is written.
pub async fn check(
    backend: &Backend,
    _: &Rep,
    lines: &[(u64, TenantForm)],
) -> Result<Result<Vec<NewTenant>, Vec<BrokenLine>>> {
    let today = backend.clock.now().date();
    let (mut tenants, mut broken): (Vec<NewTenant>, Vec<BrokenLine>) = (Vec::new(), Vec::new());
    let mut connection = backend.pools.rep.acquire().await?;
    for (line, form) in lines {
        let checked = async {
            let new = NewTenant::parse(form, &backend.profiles, today)?;
            check_free(&mut connection, &new).await?;
            check_beside(&new, &tenants)?;
            Ok::<_, Error>(new)
        }
        .await;
        match checked {
            Ok(new) => tenants.push(new),
            Err(Error::Invalid(errors)) => {
                broken.extend(errors.into_iter().map(|error| BrokenLine { line: *line, error }));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(if broken.is_empty() { Ok(tenants) } else { Err(broken) })
}

/// Two lines of one file must not want the same.
fn check_beside(new: &NewTenant, others: &[NewTenant]) -> Result<()> {
    if others.iter().any(|other| other.slug == new.slug) {
        return Err(Error::invalid("slug", Rule::Taken));
    }
    let same = |other: &NewTenant| {
        new.external_id.is_some()
            && (&other.profile, &other.external_id) == (&new.profile, &new.external_id)
    };
    if others.iter().any(same) {
        return Err(Error::invalid("external_id", Rule::IdTaken));
    }
    Ok(())
}

/// Makes all of them in one transaction.
pub async fn import(backend: &Backend, rep: &Rep, tenants: &[NewTenant]) -> Result<Vec<HandOver>> {
    let mut transaction = backend.pools.rep.begin().await?;
    let mut made = Vec::new();
    for new in tenants {
        made.push(insert(backend, &mut transaction, rep, new).await?);
    }
    transaction.commit().await?;
    backend.directory.catch_up().await;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::ActorKind;
    use crate::organizations::Plan;
    use crate::organizations::list::{TenantFilter, list};
    use crate::reps::enter_by_command;
    use crate::testing::{World, tenant_form};
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[sqlx::test(migrations = false)]
    async fn every_line_that_breaks_a_rule_is_named(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let rep = world.rep("robin").await?;
        world.admin("taken", "delphos").await?;
        let number = "550e8400-e29b-41d4-a716-446655440000";
        let lines = [
            (2, tenant_form("one", "delphos")),
            (3, tenant_form("one", "delphos")),
            (4, tenant_form("taken", "delphos")),
            (5, TenantForm { external_id: number.into(), ..tenant_form("five", "novamed") }),
            (6, TenantForm { external_id: number.to_uppercase(), ..tenant_form("six", "novamed") }),
            (
                7,
                TenantForm {
                    email: "robin@vendor.example".into(),
                    ..tenant_form("seven", "delivr")
                },
            ),
            (
                8,
                TenantForm {
                    plan: "gold".into(),
                    name: String::new(),
                    ..tenant_form("eight", "delivr")
                },
            ),
        ];
        let checked = check(&world.backend, &rep, &lines).await?;
        let Err(broken) = checked else { panic!("{checked:?}") };
        let broken: Vec<_> = broken
            .iter()
            .map(|line| (line.line, line.error.field, line.error.rule.clone()))
            .collect();
        assert_eq!(
            broken,
            [
                (3, "slug", Rule::Taken),
                (4, "slug", Rule::Taken),
                (6, "external_id", Rule::IdTaken),
                (7, "email", Rule::IsARep),
                (8, "name", Rule::Empty),
                (8, "plan", Rule::among(Plan::ALL.map(Plan::as_str))),
            ]
        );
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn all_of_a_file_or_nothing(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let world = World::new(owner).await?;
        world.rep("robin").await?;
        let rep = enter_by_command(&world.backend, "robin@vendor.example").await?;
        let lines = [(2, tenant_form("one", "delphos")), (3, tenant_form("two", "novamed"))];
        let checked = check(&world.backend, &rep, &lines).await?;
        let Ok(tenants) = checked else { panic!("{checked:?}") };
        // Taken between the check and the import.
        world.admin("two", "delphos").await?;
        let refused = import(&world.backend, &rep, &tenants).await.map(|made| made.len());
        assert_eq!(refused, Err(Error::invalid("slug", Rule::Taken)));
        let all = async || list(&world.backend, &rep, &TenantFilter::default()).await;
        assert_eq!(all().await?.1, 1, "nothing of the file is there");

        let made = import(&world.backend, &rep, &tenants[..1]).await?;
        assert_eq!(
            made.iter().map(|made| made.organization.slug.as_str()).collect::<Vec<_>>(),
            ["one"]
        );
        // The log tells that it was the command line.
        let mut connection = world.owner.connect().await?;
        let kinds: Vec<String> = sqlx::query_scalar(
            "select distinct actor_kind from audit_events where action = 'organization.provisioned'",
        )
        .fetch_all(&mut connection)
        .await?;
        assert_eq!(kinds, [ActorKind::Operator.as_str()]);
        Ok(())
    }
}
