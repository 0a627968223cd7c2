//! Trying everything, and undoing it.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::catalog::{self, TenantTable};
use super::{Check, Finding, Line, Report};
use crate::clock::Clock;
use crate::database::tenant;
use crate::error::FieldErrors;
use crate::ids::OrganizationId;
use crate::members::Owner;
use crate::reps::Rep;
use crate::{Backend, Error, Result, Rule};

/// An organization that takes part.
#[derive(Clone, Debug)]
pub struct Party {
    pub id: OrganizationId,
    pub slug: String,
}

/// Lets `intruder` try to get at the rows of `other`, through the pool that the dashboard works
/// with. Every attempt is rolled back.
pub async fn prove(app: &PgPool, clock: &Clock, intruder: &Party, other: &Party) -> Result<Report> {
    let mut catalog = app.acquire().await?;
    let mut lines = catalog::policies(&mut catalog).await?;
    lines.extend(catalog::partitions(&mut catalog).await?);
    lines.extend(catalog::roles(&mut catalog).await?);
    lines.extend(catalog::views(&mut catalog).await?);
    let tables = catalog::tenant_tables(&mut catalog).await?;
    drop(catalog);
    for table in &tables {
        let sample = sample(app, table, other.id).await?;
        for check in [
            Check::Read,
            Check::ReadUnbound,
            Check::Update,
            Check::Delete,
            Check::Insert,
            Check::Rebind,
        ] {
            lines.push(attempt(app, table, check, intruder.id, other.id, sample.as_deref()).await?);
        }
    }
    Ok(Report {
        intruder: intruder.slug.clone(),
        owner: other.slug.clone(),
        at: clock.now(),
        lines,
    })
}

/// The two organizations with the most channels and members: there is most to try on them.
pub async fn choose_parties(auth: &PgPool) -> Result<(Party, Party)> {
    let rows = sqlx::query!(
        "select id, slug from organizations
         order by (select count(*) from members where organization_id = organizations.id) desc, slug limit 2"
    )
    .fetch_all(auth)
    .await?;
    let mut parties = rows.into_iter().map(|row| party(row.id, row.slug));
    parties.next().zip(parties.next()).ok_or(Error::Conflict(
        "The proof needs two organizations: one that tries and one whose rows are tried.",
    ))
}

/// The organization with this slug, to take part.
pub async fn find_party(auth: &PgPool, slug: &str) -> Result<Party> {
    let id = sqlx::query_scalar!("select id from organizations where slug = $1", slug)
        .fetch_optional(auth)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(party(id, slug.to_owned()))
}

/// What somebody who looks after one organization may have tried: whoever came last among the
/// others tries to get at theirs. Who that is stays unsaid; without anybody, it is a tenant that
/// does not exist.
pub async fn prove_for(backend: &Backend, owner: &Owner) -> Result<Report> {
    let own = owner.organization();
    let last = sqlx::query_scalar!(
        "select id from organizations where id <> $1 order by created_at desc limit 1",
        own.id.0
    )
    .fetch_optional(&backend.pools.auth)
    .await?;
    let intruder = party(last.unwrap_or_else(Uuid::now_v7), "another tenant".to_owned());
    let other = party(own.id.0, own.slug.clone());
    prove(&backend.pools.app, &backend.clock, &intruder, &other).await
}

/// The fields of the form that names both.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct PartiesForm {
    pub intruder: String,
    pub other: String,
}

/// What a rep may have tried between any two organizations.
pub async fn prove_between(backend: &Backend, _: &Rep, form: &PartiesForm) -> Result<Report> {
    let auth = &backend.pools.auth;
    let mut errors = FieldErrors::default();
    let found = async |slug: &str| match find_party(auth, slug.trim()).await {
        Err(Error::NotFound) => Ok(Err(Rule::NotATenant)),
        found => found.map(Ok),
    };
    let intruder = errors.check("intruder", found(&form.intruder).await?);
    let other = found(&form.other).await?;
    let same = |other: &Party| intruder.as_ref().is_some_and(|party| party.id == other.id);
    let other =
        other.and_then(|other| if same(&other) { Err(Rule::SameTenant) } else { Ok(other) });
    let other = errors.check("other", other);
    let (Some(intruder), Some(other)) = (intruder, other) else {
        return Err(errors.into_error());
    };
    prove(&backend.pools.app, &backend.clock, &intruder, &other).await
}

fn party(id: Uuid, slug: String) -> Party {
    Party { id: OrganizationId(id), slug }
}

/// One of the organization's rows as JSON, to try to write it again: as much of it as its own
/// people may read.
async fn sample(app: &PgPool, table: &TenantTable, id: OrganizationId) -> Result<Option<String>> {
    let TenantTable { name, tenant_column, readable, .. } = table;
    if !readable.iter().any(|column| column == tenant_column) {
        return Ok(None);
    }
    let columns = readable.join(", ");
    let query = format!(
        "select to_jsonb(sample)::text from (select {columns} from {name} where {tenant_column} = $1 limit 1) as sample"
    );
    let mut transaction = tenant::begin(app, id).await?;
    let sample = sqlx::query_scalar(&query).bind(id.0).fetch_optional(&mut *transaction).await?;
    transaction.rollback().await?;
    Ok(sample)
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
    // A table that nobody of theirs may read is tried all the same: the right must be missing.
    if sample.is_none() && !table.readable.is_empty() {
        return Ok(line(Finding::NothingToTry, "the other has no row here".to_owned()));
    }
    let sample = sample.unwrap_or("{}");
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
    let TenantTable { name, tenant_column, changeable, .. } = table;
    // Where no column may be changed, the refusal of the attempt says so.
    let changed = changeable.as_deref().unwrap_or(tenant_column);
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
            let query =
                format!("update {name} set {changed} = {changed} where {tenant_column} = $1");
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
    use sqlx::ConnectOptions;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

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
        prove(&world.backend.pools.app, &world.backend.clock, intruder, other).await
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
    async fn an_owner_learns_nothing_of_who_tried(
        _: PgPoolOptions,
        owner: PgConnectOptions,
    ) -> Result<()> {
        let world = World::new(owner).await?;
        let owner = world.owner_of("one").await?.owner()?;
        let alone = prove_for(&world.backend, &owner).await?;
        assert!(!alone.leaks());
        world.owner_of("secretive").await?;
        let report = prove_for(&world.backend, &owner).await?;
        assert_eq!(leaks(&report), []);
        let told =
            serde_json::to_string(&report).map_err(|error| Error::Internal(error.to_string()))?;
        assert!(!told.contains("secretive"), "{told}");
        let members = report.lines.iter().filter(|line| line.object == "public.members");
        assert!(members.clone().any(|line| line.check == Check::Delete), "{told}");
        assert!(members.clone().all(|line| line.finding == Finding::Held), "{told}");
        Ok(())
    }

    #[sqlx::test(migrations = false)]
    async fn a_rep_names_two_tenants(_: PgPoolOptions, owner: PgConnectOptions) -> Result<()> {
        let (world, ..) = two_tenants(owner).await?;
        let rep = world.rep("robin").await?;
        let between = async |intruder: &str, other: &str| {
            let form = PartiesForm { intruder: intruder.to_owned(), other: other.to_owned() };
            prove_between(&world.backend, &rep, &form).await
        };
        assert_eq!(leaks(&between("intruder", " other ").await?), []);
        let same = between("other", "other").await.map(|_| ());
        assert_eq!(same, Err(Error::invalid("other", Rule::SameTenant)));
        let nobody = between("nobody", "other").await.map(|_| ());
        assert_eq!(nobody, Err(Error::invalid("intruder", Rule::NotATenant)));
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
             select app.open_partition('usage_days', '2026-01-01', '2027-01-01');
             grant select on usage_days_20260101 to latchkey_app;
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
            ("public.usage_days, 1 partitions", Check::Policies),
            ("public.api_keys", Check::Read),
            ("public.all_members", Check::View),
        ] {
            assert!(leaks.contains(&leak), "{leak:?} is missing in {leaks:?}");
        }
        Ok(())
    }
}
