//! Whoever refuses a key learns from the next page where it is refused.

use domain::keys::Access;
use domain::members::Role;
use std::time::Duration;
use uuid::Uuid;

use crate::support::http::Answer;
use crate::support::server::TestServer;
use crate::support::tenant::Tenant;
use crate::support::visitor::Visitor;
use crate::support::{Result, until};

/// Waits until the node says that it runs.
async fn node_runs(server: &TestServer) -> Result {
    let mut owner = server.database.owner().await?;
    until("the node is registered", Duration::from_secs(10), async || {
        let nodes: i64 =
            sqlx::query_scalar("select count(*) from nodes").fetch_one(&mut owner).await?;
        Ok(nodes == 1)
    })
    .await
}

/// Sends the form and gives the page that it leads to.
async fn followed(visitor: &Visitor, path: &str, form: &str) -> Result<Answer> {
    let answer = visitor.post(path, form).await?;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
    visitor.get(answer.header("location").unwrap_or_default()).await
}

async fn admin(server: &TestServer, profile: &str) -> Result<(Tenant, Visitor)> {
    let tenant = server.tenant(profile).await?;
    let visitor = Visitor::member(server, &tenant, Role::Admin).await?;
    Ok((tenant, visitor))
}

#[tokio::test]
async fn every_way_to_refuse_a_key_ends_with_a_receipt() -> Result {
    let server = TestServer::start().await?;
    node_runs(&server).await?;
    let (tenant, visitor) = admin(&server, "delphos").await?;
    let keys = format!("/{}/settings/api-keys", tenant.slug);
    let key = tenant.key(Access::ReadWrite).await?;
    let at = format!("{keys}/{}", key.id);

    let disabled = followed(&visitor, &format!("{at}/disable"), "").await?;
    assert!(
        disabled.body.contains("Key disabled: refused on 1/1 node after "),
        "{}",
        disabled.body
    );
    assert!(!visitor.get(&at).await?.body.contains("refused on"), "it is said once");
    followed(&visitor, &format!("{at}/enable"), "").await?;

    let again = |overlap: &str| format!("overlap={overlap}&form_token={}", Uuid::now_v7());
    let now = visitor.post(&format!("{at}/regenerate"), &again("now")).await?;
    assert_eq!(now.status, 200);
    assert!(now.body.contains("Old key ended: refused on 1/1 node after "), "{}", now.body);
    let later = visitor.post(&format!("{at}/regenerate"), &again("24h")).await?;
    assert!(!later.body.contains("refused on"), "the old key is good for a day");

    let mut owner = server.database.owner().await?;
    let old: Uuid =
        sqlx::query_scalar("select id from api_keys where draining_of = $1 and status = 'ACTIVE'")
            .bind(key.id.0)
            .fetch_one(&mut owner)
            .await?;
    let ended = followed(&visitor, &format!("{at}/old/{old}/end"), "").await?;
    assert!(ended.body.contains("Old key ended: refused on 1/1 node after "), "{}", ended.body);

    let revoked = followed(&visitor, &format!("{at}/revoke"), "because=unused").await?;
    assert!(revoked.body.contains("Key revoked: refused on 1/1 node after "), "{}", revoked.body);
    Ok(())
}

#[tokio::test]
async fn channels_and_organizations_have_their_receipts() -> Result {
    let server = TestServer::start().await?;
    node_runs(&server).await?;
    let (tenant, visitor) = admin(&server, "deliverty").await?;
    let channels = format!("/{}/channels", tenant.slug);
    let added = visitor.post(&format!("{channels}/new"), "name=Hub&acting_user=").await?;
    let channel = added.header("location").unwrap_or_default().to_owned();
    let stopped = followed(&visitor, &format!("{channel}/status"), "status=SUSPENDED").await?;
    let words = "Channel is SUSPENDED now. Its keys: refused on 1/1 node after ";
    assert!(stopped.body.contains(words), "{}", stopped.body);
    let begun = followed(&visitor, &format!("{channel}/status"), "status=ACTIVE").await?;
    assert!(!begun.body.contains("refused on"), "nothing is refused");

    let (_, email) = Visitor::user(&server, "robin", true).await?;
    let rep = Visitor::sign_in(&server, &email).await?;
    let suspend = format!("/rep/tenants/{}/suspend", tenant.slug);
    let suspended = followed(&rep, &suspend, "name=Test+organization&reason=Unpaid").await?;
    let words = "Suspended. All of its keys: refused on 1/1 node after ";
    assert!(suspended.body.contains(words), "{}", suspended.body);
    Ok(())
}

#[tokio::test]
async fn a_node_that_has_not_said_so_is_named_with_what_to_do() -> Result {
    let server = TestServer::start().await?;
    node_runs(&server).await?;
    let (tenant, visitor) = admin(&server, "delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    // It is heard from, and reads nothing.
    sqlx::query(
        "insert into nodes (id, name, applied, keys, heartbeat_at)
         values ($1, 'edge-stuck', pg_current_snapshot(), 1, now() + interval '1 hour')",
    )
    .bind(Uuid::now_v7())
    .execute(&mut server.database.owner().await?)
    .await?;
    let at = format!("/{}/settings/api-keys/{}", tenant.slug, key.id);
    let revoked = followed(&visitor, &format!("{at}/revoke"), "because=leaked").await?;
    assert!(revoked.body.contains("Key revoked: refused on 1/2 nodes after "), "{}", revoked.body);
    assert!(revoked.body.contains("Not refused yet on edge-stuck."), "{}", revoked.body);
    assert!(revoked.body.contains("restart it"), "{}", revoked.body);
    Ok(())
}
