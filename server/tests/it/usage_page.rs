//! The usage page is sent as it grows: its table of keys comes last.

use sqlx::Connection as _;
use std::time::Duration;

use crate::support::server::TestServer;
use crate::support::visitor::Visitor;
use crate::support::{Result, fail, until};

/// What the table is read from; graphs and sums stand elsewhere.
const LOCK: &str = "lock table usage_minutes, usage_hours, usage_days in access exclusive mode";
const WAITING: &str = "select pid from pg_stat_activity
                       where wait_event_type = 'Lock' and query like '%by_key%' and datname = current_database()";

/// What stands there where it is empty.
const TABLE: &str = "Requests are counted within a second or two.";

#[tokio::test]
async fn what_is_there_comes_before_what_takes_long() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let visitor = Visitor::sign_in(&server, &tenant.email).await?;
    let path = format!("/{}/usage", tenant.slug);
    let mut owner = server.database.owner().await?;
    let mut slow = owner.begin().await?;
    sqlx::query(LOCK).execute(&mut *slow).await?;

    let (head, mut answer) = visitor.listen(&path).await?;
    let policy = head.header("content-security-policy");
    assert!(head.status == 200 && policy.is_some(), "{head:?}");
    let mut page = String::new();
    while !page.contains("Over a limit") {
        match answer.part().await? {
            Some(part) => page += &part,
            None => return fail(format!("the page ends: {page}")),
        }
    }
    assert!(page.contains("<title>Usage"), "{page}");
    slow.rollback().await?;
    assert!(!page.contains(TABLE), "{page}");
    let rest = answer.rest().await?;
    assert!(rest.contains(TABLE) && rest.contains("</html>"), "{rest}");
    Ok(())
}

#[tokio::test]
async fn a_part_that_fails_is_told_in_its_place() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let visitor = Visitor::sign_in(&server, &tenant.email).await?;
    let (mut owner, mut other) = (server.database.owner().await?, server.database.owner().await?);
    let mut slow = owner.begin().await?;
    sqlx::query(LOCK).execute(&mut *slow).await?;
    let (head, mut answer) = visitor.listen(&format!("/{}/usage", tenant.slug)).await?;
    assert_eq!(head.status, 200);
    let mut waiting = Vec::new();
    until("the table is waited for", Duration::from_secs(5), async || {
        waiting = sqlx::query_scalar::<_, i32>(WAITING).fetch_all(&mut other).await?;
        Ok(!waiting.is_empty())
    })
    .await?;
    sqlx::query("select pg_terminate_backend(pid) from unnest($1::integer[]) as pid")
        .bind(&waiting)
        .execute(&mut other)
        .await?;
    let page = answer.rest().await?;
    let id = head.header("x-request-id").unwrap_or("no id");
    assert!(page.contains("The rest of this page is missing") && page.contains(id), "{page}");
    slow.rollback().await?;
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_shown_has_its_own_status() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let other = server.tenant("delphos").await?;
    let visitor = Visitor::sign_in(&server, &tenant.email).await?;
    let answer = visitor.get(&format!("/{}/usage", other.slug)).await?;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("<title>Page not found"), "{}", answer.body);
    Ok(())
}
