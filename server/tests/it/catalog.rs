//! What the database itself guarantees, read from its own catalog: a table that forgets any of it
//! fails here.

use sqlx::Row;
use std::time::Duration;

use crate::support::server::TestServer;
use crate::support::{Result, until};

const OURS: [&str; 4] = ["latchkey_app", "latchkey_auth", "latchkey_rep", "latchkey_validator"];

#[tokio::test]
async fn every_tenant_table_is_under_row_level_security() -> Result {
    let server = TestServer::start().await?;
    let mut owner = server.database.owner().await?;
    let tables = sqlx::query(
        "select oid::regclass::text as name, relrowsecurity and relforcerowsecurity as forced,
                exists (select from pg_policy where polrelid = pg_class.oid) as has_policy
         from pg_class
         where relkind in ('r', 'p') and not relispartition and relnamespace in ('public'::regnamespace, 'datastore'::regnamespace)
           and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'organization_id')",
    )
    .fetch_all(&mut owner)
    .await?;
    let mut names = Vec::new();
    for table in tables {
        let name: String = table.try_get("name")?;
        assert!(table.try_get::<bool, _>("forced")?, "{name}: ENABLE and FORCE ROW LEVEL SECURITY");
        assert!(table.try_get::<bool, _>("has_policy")?, "{name}: has no policy");
        names.push(name);
    }
    for known in ["api_keys", "channels", "members", "usage_minutes", "datastore.documents"] {
        assert!(names.iter().any(|name| name == known), "{known} is not among {names:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_key_has_no_moment_that_the_program_cannot_hold() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    tenant.key(domain::keys::Access::Read).await?;
    let mut owner = server.database.owner().await?;
    for (moment, taken) in [
        ("expires_at = 'infinity'", false),
        ("not_before = '-infinity'", false),
        ("scream_until = '12026-01-01 00:00Z'", false),
        ("expires_at = '9999-12-31 23:59:59.999999Z'", true),
    ] {
        let change = format!("update api_keys set {moment}");
        let changed = sqlx::query(&change).execute(&mut owner).await;
        assert_eq!(changed.is_ok(), taken, "{moment}");
    }
    Ok(())
}

#[tokio::test]
async fn partitions_are_reached_through_their_tables_only() -> Result {
    let server = TestServer::start().await?;
    let mut owner = server.database.owner().await?;
    let privileges = "select relname::text || ': ' || role || ' ' || privilege
                      from pg_class, unnest($1::text[]) as role,
                           unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as privilege
                      where relispartition and relkind in ('r', 'p')
                        and has_table_privilege(role, pg_class.oid, privilege)";
    let mut rights: Vec<String> = Vec::new();
    until("the server has made partitions", Duration::from_secs(5), async || {
        rights = sqlx::query_scalar(privileges).bind(OURS).fetch_all(&mut owner).await?;
        Ok(!rights.is_empty())
    })
    .await?;
    // What writes them adds rows, and can neither read nor change one.
    assert!(rights.iter().all(|right| right.ends_with("latchkey_validator INSERT")), "{rights:?}");
    Ok(())
}

#[tokio::test]
async fn our_roles_own_nothing_and_bypass_nothing() -> Result {
    let server = TestServer::start().await?;
    let mut owner = server.database.owner().await?;
    let roles = sqlx::query(
        "select rolname as name,
                rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as mighty,
                (select count(*) from pg_class where relowner = pg_roles.oid)
                + (select count(*) from pg_proc where proowner = pg_roles.oid)
                + (select count(*) from pg_namespace where nspowner = pg_roles.oid) as owned,
                exists (select from pg_auth_members where member = pg_roles.oid) as in_other_roles
         from pg_roles where rolname = any($1)",
    )
    .bind(OURS)
    .fetch_all(&mut owner)
    .await?;
    assert_eq!(roles.len(), OURS.len());
    for role in roles {
        let name: String = role.try_get("name")?;
        assert!(!role.try_get::<bool, _>("mighty")?, "{name}");
        assert!(!role.try_get::<bool, _>("in_other_roles")?, "{name}");
        assert_eq!(role.try_get::<i64, _>("owned")?, 0, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn without_an_organization_no_row_is_seen() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    tenant.key(domain::keys::Access::ReadWrite).await?;
    let pool = &server.backend().pools.app;
    for table in [
        "organizations",
        "members",
        "users",
        "channels",
        "api_keys",
        "usage_minutes",
        "audit_events",
    ] {
        // The second try is on a connection whose setting was local to a transaction.
        for organization in [None, Some("")] {
            let mut transaction = pool.begin().await?;
            if let Some(id) = organization {
                sqlx::query("select set_config('app.organization_id', $1, true)")
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
            }
            // Columns that the role may read at all.
            let column = if table == "users" { "id" } else { "1" };
            let rows: i64 = sqlx::query_scalar(&format!("select count({column}) from {table}"))
                .fetch_one(&mut *transaction)
                .await?;
            assert_eq!(rows, 0, "{table}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn policies_ask_once_and_references_stay_within_a_tenant() -> Result {
    let server = TestServer::start().await?;
    let mut owner = server.database.owner().await?;
    // A policy that asks for the organization row by row costs four times as much on a long table.
    let slow: Vec<String> = sqlx::query_scalar(
        "select tablename || '.' || policyname from pg_policies
         where coalesce(qual, '') || coalesce(with_check, '') ~ 'organization_id\\(\\)'
           and coalesce(qual, '') || coalesce(with_check, '') !~ 'SELECT (app|datastore)\\.organization_id\\(\\)'",
    )
    .fetch_all(&mut owner)
    .await?;
    assert_eq!(slow, Vec::<String>::new(), "write (SELECT app.organization_id())");
    // One that references another tenant table by id alone could bind another tenant's row.
    let loose: Vec<String> = sqlx::query_scalar(
        "select conrelid::regclass::text || '.' || conname from pg_constraint
         where contype = 'f'
           and exists (select from pg_attribute where attrelid = conrelid and attname = 'organization_id')
           and exists (select from pg_attribute where attrelid = confrelid and attname = 'organization_id')
           and not exists (select from pg_attribute where attrelid = conrelid and attname = 'organization_id'
                                                      and attnum = any(conkey))",
    )
    .fetch_all(&mut owner)
    .await?;
    assert_eq!(loose, Vec::<String>::new(), "reference (organization_id, …)");
    // The operators of enumerations are not leakproof: policies would be evaluated after them.
    let enums: Vec<String> =
        sqlx::query_scalar("select typname::text from pg_type where typtype = 'e'")
            .fetch_all(&mut owner)
            .await?;
    assert_eq!(enums, Vec::<String>::new(), "use text with a CHECK");
    let views: Vec<String> = sqlx::query_scalar(
        "select oid::regclass::text from pg_class
         where relkind in ('v', 'm') and relnamespace in ('public'::regnamespace, 'datastore'::regnamespace)
           and (relkind = 'm' or not coalesce('security_invoker=true' = any(reloptions), false))",
    )
    .fetch_all(&mut owner)
    .await?;
    assert_eq!(views, Vec::<String>::new(), "make views with security_invoker");
    Ok(())
}

#[tokio::test]
async fn nobody_but_the_chain_writes_an_events_place_in_it() -> Result {
    let server = TestServer::start().await?;
    let mut owner = server.database.owner().await?;
    let mighty: Vec<String> = sqlx::query_scalar(
        "select role || ': ' || attname from unnest($1::text[]) as role, pg_attribute
         where attrelid = 'audit_events'::regclass and attnum > 0
           and attname in ('seq', 'at', 'previous_hash', 'hash')
           and (has_column_privilege(role, attrelid, attnum, 'INSERT')
                or has_column_privilege(role, attrelid, attnum, 'UPDATE'))",
    )
    .bind(OURS)
    .fetch_all(&mut owner)
    .await?;
    assert_eq!(mighty, Vec::<String>::new());
    Ok(())
}
