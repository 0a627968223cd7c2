//! Trying everything, and undoing it.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::catalog::{self, TenantTable};
use super::{Check, Finding, Line, Report};
use crate::clock::Clock;
use crate::ids::OrganizationId;
use crate::{Error, Result};

/// An organization that takes part.
#[derive(Clone, Debug)]
pub struct Party {
    pub id: OrganizationId,
    pub slug: String,
}

/// Lets `intruder` try to get at the rows of `other`. The attempts are made through `app`, the
/// pool that the dashboard works with; the owner's connection only looks up what there is to try.
/// Every attempt is rolled back.
pub async fn prove(
    owner: &PgConnectOptions,
    app: &PgPool,
    clock: &Clock,
    intruder: &Party,
    other: &Party,
) -> Result<Report> {
    let mut catalog = owner.connect().await?;
    let mut lines = catalog::policies(&mut catalog).await?;
    lines.extend(catalog::roles(&mut catalog).await?);
    lines.extend(catalog::views(&mut catalog).await?);
    for table in catalog::tenant_tables(&mut catalog).await? {
        let sample = sample(&mut catalog, &table, other.id).await?;
        for check in [
            Check::Read,
            Check::ReadUnbound,
            Check::Update,
            Check::Delete,
            Check::Insert,
            Check::Rebind,
        ] {
            lines
                .push(attempt(app, &table, check, intruder.id, other.id, sample.as_deref()).await?);
        }
    }
    catalog.close().await?;
    Ok(Report {
        intruder: intruder.slug.clone(),
        owner: other.slug.clone(),
        at: clock.now(),
        lines,
    })
}

/// The two organizations with the most keys: there is most to try on them.
pub async fn choose_parties(owner: &PgConnectOptions) -> Result<(Party, Party)> {
    let mut connection = owner.connect().await?;
    let rows = sqlx::query!(
        "select id, slug from organizations
         order by (select count(*) from api_keys where organization_id = organizations.id) desc, slug limit 2"
    )
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    let mut parties =
        rows.into_iter().map(|row| Party { id: OrganizationId(row.id), slug: row.slug });
    parties.next().zip(parties.next()).ok_or(Error::Conflict(
        "The proof needs two organizations: one that tries and one whose rows are tried.",
    ))
}

/// One of the organization's rows as JSON, to try to write it again.
async fn sample(
    connection: &mut PgConnection,
    table: &TenantTable,
    id: OrganizationId,
) -> Result<Option<String>> {
    let TenantTable { name, tenant_column } = table;
    let query = format!(
        "select to_jsonb(sample)::text from {name} as sample where {tenant_column} = $1 limit 1"
    );
    Ok(sqlx::query_scalar(&query).bind(id.0).fetch_optional(connection).await?)
}

async fn attempt(
    app: &PgPool,
    table: &TenantTable,
    check: Check,
    intruder: OrganizationId,
    other: OrganizationId,
    sample: Option<&str>,
) -> Result<Line> {
    let line =
        |finding, detail: String| Line { object: table.name.clone(), check, finding, detail };
    let Some(sample) = sample else {
        return Ok(line(Finding::NothingToTry, "the other has no row here".to_owned()));
    };
    let bound = if check == Check::ReadUnbound { String::new() } else { intruder.to_string() };
    let mut transaction = app.begin().await?;
    sqlx::query("select set_config('app.organization_id', $1, true)")
        .bind(bound)
        .execute(&mut *transaction)
        .await?;
    let outcome = run(&mut transaction, table, check, intruder.0, other.0, sample).await;
    transaction.rollback().await?;
    match outcome {
        Ok(0) => Ok(line(Finding::Held, "no row".to_owned())),
        Ok(rows) => Ok(line(Finding::Leak, format!("{rows} rows let through"))),
        Err(sqlx::Error::Database(refusal)) => match refusal.code().as_deref() {
            // Refused by a missing right or by a policy.
            Some("42501") => Ok(line(Finding::Held, refusal.message().to_owned())),
            // Policies come first: only a constraint stood in the way of the copied row.
            Some(code) if code.starts_with("23") => Ok(line(
                Finding::Leak,
                format!("refused by a constraint only: {}", refusal.message()),
            )),
            _ => Err(sqlx::Error::Database(refusal).into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// How many rows the attempt reached.
async fn run(
    connection: &mut PgConnection,
    table: &TenantTable,
    check: Check,
    intruder: Uuid,
    other: Uuid,
    sample: &str,
) -> Result<u64, sqlx::Error> {
    let TenantTable { name, tenant_column } = table;
    let count = |rows: i64| u64::try_from(rows).unwrap_or(u64::MAX);
    match check {
        Check::Read => {
            let query = format!("select count(*) from {name} where {tenant_column} = $1");
            sqlx::query_scalar(&query).bind(other).fetch_one(connection).await.map(count)
        }
        Check::ReadUnbound => {
            let query = format!("select count(*) from {name}");
            sqlx::query_scalar(&query).fetch_one(connection).await.map(count)
        }
        Check::Delete => {
            let query = format!("delete from {name} where {tenant_column} = $1");
            affected(sqlx::query(&query).bind(other), connection).await
        }
        Check::Insert => {
            let query = format!(
                "insert into {name} select * from jsonb_populate_record(null::{name}, $1::jsonb)"
            );
            affected(sqlx::query(&query).bind(sample), connection).await
        }
        Check::Update => {
            let query = format!(
                "update {name} set {tenant_column} = {tenant_column} where {tenant_column} = $1"
            );
            affected(sqlx::query(&query).bind(other), connection).await
        }
        Check::Rebind => {
            let query =
                format!("update {name} set {tenant_column} = $1 where {tenant_column} = $2");
            affected(sqlx::query(&query).bind(other).bind(intruder), connection).await
        }
        Check::Policies | Check::Role | Check::View => Ok(0),
    }
}

async fn affected(
    query: sqlx::query::Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments>,
    connection: &mut PgConnection,
) -> Result<u64, sqlx::Error> {
    query.execute(connection).await.map(|done| done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::add::{NewChannel, add};
    use crate::members::Role;
    use crate::testing::World;
    use sqlx::postgres::PgPoolOptions;

    async fn two_tenants(owner: PgConnectOptions) -> Result<(World, Party, Party)> {
        let world = World::new(owner).await?;
        let mut parties = Vec::new();
        for slug in ["intruder", "other"] {
            let admin = world.admin(slug, "delphos").await?;
            add(&world.backend, &admin, &NewChannel::parse("Hub", "")?).await?;
            world.key(&admin, "Export").await?;
            world.letter(&admin, "new@both.example", Role::Viewer).await?;
            parties.push(Party { id: admin.organization().id, slug: slug.to_owned() });
        }
        let (other, intruder) = (parties.pop(), parties.pop());
        let (intruder, other) = intruder.zip(other).ok_or(Error::NotFound)?;
        Ok((world, intruder, other))
    }

    async fn report(world: &World, intruder: &Party, other: &Party) -> Result<Report> {
        prove(&world.owner, &world.backend.pools.app, &world.backend.clock, intruder, other).await
    }

    fn leaks(report: &Report) -> Vec<(&str, Check)> {
        let leaks = report.lines.iter().filter(|line| line.finding == Finding::Leak);
        leaks.map(|line| (line.object.as_str(), line.check)).collect()
    }

    #[sqlx::test(migrations = false)]
    async fn nothing_leaks(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let (world, intruder, other) = two_tenants(owner).await?;
        let report = report(&world, &intruder, &other).await?;
        assert_eq!(leaks(&report), []);
        for table in [
            "public.api_keys",
            "public.channels",
            "public.members",
            "public.invitations",
            "public.audit_events",
            "public.form_tokens",
        ] {
            let held = report
                .lines
                .iter()
                .filter(|line| line.object == table && line.finding == Finding::Held);
            assert_eq!(held.count(), 7, "{table} was tried in every way");
        }
        let mut connection = world.owner.connect().await?;
        let keys: i64 =
            sqlx::query_scalar("select count(*) from api_keys").fetch_one(&mut connection).await?;
        assert_eq!(keys, 2, "every attempt was undone");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn what_is_forgotten_is_found(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let (world, intruder, other) = two_tenants(owner).await?;
        let mut connection = world.owner.connect().await?;
        sqlx::raw_sql(
            "alter table channels disable row level security;
             alter table form_tokens no force row level security;
             create policy careless on api_keys to latchkey_app using (true);
             create view all_members as select * from members;",
        )
        .execute(&mut connection)
        .await?;
        let report = report(&world, &intruder, &other).await?;
        let leaks = leaks(&report);
        for leak in [
            ("public.channels", Check::Policies),
            ("public.channels", Check::Read),
            ("public.channels", Check::ReadUnbound),
            ("public.channels", Check::Insert),
            ("public.form_tokens", Check::Policies),
            ("public.api_keys", Check::Read),
            ("public.all_members", Check::View),
        ] {
            assert!(leaks.contains(&leak), "{leak:?} is missing in {leaks:?}");
        }
        Ok(())
    }
}
