//! What the database itself guarantees, read from its own catalog: a table that forgets any of it
//! fails here.

use sqlx::Row;

use crate::support::Result;
use crate::support::server::TestServer;

const OURS: [&str; 4] = ["latchkey_app", "latchkey_auth", "latchkey_rep", "latchkey_validator"];

#[tokio::test]
async fn every_tenant_table_is_under_row_level_security() -> Result {
    let server = TestServer::start().await?;
    let mut owner = server.database.owner().await?;
    let tables = sqlx::query(
        "select oid::regclass::text as name, relrowsecurity and relforcerowsecurity as forced,
                exists (select from pg_policy where polrelid = pg_class.oid) as has_policy
         from pg_class
         where relkind in ('r', 'p') and relnamespace in ('public'::regnamespace, 'datastore'::regnamespace)
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
