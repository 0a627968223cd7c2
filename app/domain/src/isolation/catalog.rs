//! What the catalog says of tables, views and roles.

use sqlx::PgConnection;

use super::{Check, Finding, Line};
use crate::Result;

/// A table whose rows belong to organizations, and what the role that asks may do with it.
#[derive(Clone, Debug)]
pub(super) struct TenantTable {
    /// With its schema, quoted where it must be.
    pub name: String,
    /// The column that says whose a row is.
    pub tenant_column: &'static str,
    /// The columns that the role may read, quoted where they must be.
    pub readable: Vec<String>,
    /// A column that the role may change.
    pub changeable: Option<String>,
}

/// Every table with an `organization_id`, and the organizations themselves.
pub(super) async fn tenant_tables(connection: &mut PgConnection) -> Result<Vec<TenantTable>> {
    let rows = sqlx::query!(
        r#"select format('%I.%I', nspname, relname) as "name!", relname = 'organizations' as "itself!",
                  coalesce(array_agg(quote_ident(attname)) filter (
                      where has_column_privilege(pg_class.oid, attnum, 'SELECT')), '{}') as "readable!",
                  min(quote_ident(attname)) filter (
                      where has_column_privilege(pg_class.oid, attnum, 'UPDATE')) as changeable
           from pg_class join pg_namespace on pg_namespace.oid = relnamespace
                         join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
           where relkind in ('r', 'p') and not relispartition
             and nspname not in ('pg_catalog', 'information_schema')
           group by nspname, relname
           having relname = 'organizations' or bool_or(attname = 'organization_id')
           order by 1"#
    )
    .fetch_all(connection)
    .await?;
    let column = |itself| if itself { "id" } else { "organization_id" };
    Ok(rows
        .into_iter()
        .map(|row| TenantTable {
            name: row.name,
            tenant_column: column(row.itself),
            readable: row.readable,
            changeable: row.changeable,
        })
        .collect())
}

/// Whether every tenant table has policies that bind everybody.
pub(super) async fn policies(connection: &mut PgConnection) -> Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"select format('%I.%I', nspname, relname) as "name!", relrowsecurity, relforcerowsecurity,
                  exists (select from pg_policy where polrelid = pg_class.oid) as "policy!"
           from pg_class join pg_namespace on pg_namespace.oid = relnamespace
           where relkind in ('r', 'p') and not relispartition
             and nspname not in ('pg_catalog', 'information_schema')
             and (relname in ('organizations', 'users') or exists (
                  select from pg_attribute
                  where attrelid = pg_class.oid and attname = 'organization_id' and not attisdropped))
           order by 1"#
    )
    .fetch_all(connection)
    .await?;
    let lines = rows.into_iter().map(|row| {
        let missing: Vec<_> = [
            (row.relrowsecurity, "row-level security is off"),
            (row.relforcerowsecurity, "it is not forced"),
            (row.policy, "there is no policy"),
        ]
        .into_iter()
        .filter_map(|(there, missing)| (!there).then_some(missing))
        .collect();
        line(row.name, Check::Policies, missing.is_empty(), &missing.join(", "))
    });
    Ok(lines.collect())
}

/// Whether partitions, which have no policies of their own, are out of everybody's reach by their
/// own names: a row is seen through the table that it belongs to, or not at all. One line a table.
pub(super) async fn partitions(connection: &mut PgConnection) -> Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"select format('%I.%I', nspname, parent.relname) as "name!", count(*) as "count!",
                  min(format('%I', part.relname)) filter (
                      where exists (select from pg_roles where rolname like 'latchkey\_%'
                                    and has_table_privilege(pg_roles.oid, part.oid,
                                                            'SELECT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))
                         or exists (select from pg_roles where rolname like 'latchkey\_%'
                                    and rolname <> 'latchkey_validator'
                                    and has_table_privilege(pg_roles.oid, part.oid, 'INSERT'))) as open
           from pg_inherits join pg_class part on part.oid = inhrelid
                            join pg_class parent on parent.oid = inhparent
                            join pg_namespace on pg_namespace.oid = part.relnamespace
           where part.relkind in ('r', 'p') and part.relispartition
             and nspname not in ('pg_catalog', 'information_schema')
           group by 1 order by 1"#
    )
    .fetch_all(connection)
    .await?;
    let lines = rows.into_iter().map(|row| {
        let name = format!("{}, {} partitions", row.name, row.count);
        let detail = row.open.map(|open| format!("{open} can be reached by its own name"));
        line(name, Check::Policies, detail.is_none(), &detail.unwrap_or_default())
    });
    Ok(lines.collect())
}

/// Whether our roles could get around the policies.
pub(super) async fn roles(connection: &mut PgConnection) -> Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"select rolname::text as "name!", rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as "mighty!",
                  exists (select from pg_class where relowner = pg_roles.oid) as "owns!"
           from pg_roles where rolname like 'latchkey\_%' order by 1"#
    )
    .fetch_all(connection)
    .await?;
    let lines = rows.into_iter().map(|row| {
        let detail = match (row.mighty, row.owns) {
            (true, _) => "it may bypass row-level security or give itself more rights",
            (_, true) => "it owns tables, views or indexes",
            _ => "",
        };
        line(row.name, Check::Role, detail.is_empty(), detail)
    });
    Ok(lines.collect())
}

/// Whether views look with the rights of whoever asks.
pub(super) async fn views(connection: &mut PgConnection) -> Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"select format('%I.%I', nspname, relname) as "name!", relkind = 'm' as "stored!",
                  coalesce('security_invoker=true' = any(reloptions), false) as "invoker!"
           from pg_class join pg_namespace on pg_namespace.oid = relnamespace
           where relkind in ('v', 'm') and nspname not in ('pg_catalog', 'information_schema')
           order by 1"#
    )
    .fetch_all(connection)
    .await?;
    let lines = rows.into_iter().map(|row| {
        let detail = match (row.stored, row.invoker) {
            (true, _) => "a materialized view knows no row-level security",
            (_, false) => "it asks with its owner's rights",
            _ => "",
        };
        line(row.name, Check::View, detail.is_empty(), detail)
    });
    Ok(lines.collect())
}

fn line(object: String, check: Check, held: bool, detail: &str) -> Line {
    let finding = if held { Finding::Held } else { Finding::Leak };
    Line { object, check, finding, detail: detail.to_owned() }
}
