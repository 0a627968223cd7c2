//! The vendor's staff: suspends and restores, and looks around on record.

use domain::keys::Access;
use domain::members::Role;

use crate::support::Result;
use crate::support::http::get;
use crate::support::server::TestServer;
use crate::support::tenant::{Tenant, TestKey};
use crate::support::visitor::Visitor;

async fn rep(server: &TestServer) -> Result<Visitor> {
    let (_, email) = Visitor::user(server, "robin", true).await?;
    Visitor::sign_in(server, &email).await
}

async fn status(server: &TestServer, tenant: &Tenant, key: &TestKey) -> Result<u16> {
    Ok(server.api(&get("/v1/nothing").host(&tenant.host()).key(&key.text)).await?.status)
}

#[tokio::test]
async fn a_suspension_reaches_the_api_and_the_tenants_pages_at_once() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let (rep, owner) = (rep(&server).await?, Visitor::member(&server, &tenant, Role::Owner).await?);
    let page = format!("/rep/tenants/{}", tenant.slug);
    assert_eq!(status(&server, &tenant, &key).await?, 404, "a good key gets past the check");

    // Without the name or a reason nothing happens, and what was typed is kept.
    let refused = rep.post(&format!("{page}/suspend"), "name=x&reason=Unpaid+%F0%9F%91%BB").await?;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Unpaid 👻"), "{}", refused.body);
    assert_eq!(status(&server, &tenant, &key).await?, 404);

    let meant = "name=Test+organization&reason=Invoice+17+is+unpaid";
    let done = rep.post(&format!("{page}/suspend"), meant).await?;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(status(&server, &tenant, &key).await?, 403);
    let seen = owner.get(&format!("/{}", tenant.slug)).await?;
    assert!(seen.body.contains("This organization is suspended"), "{}", seen.body);
    assert!(seen.body.contains("Invoice 17 is unpaid"), "{}", seen.body);
    // Sent again, it says that it is so already.
    assert_eq!(rep.post(&format!("{page}/suspend"), meant).await?.status, 409);

    let story = rep.get(&page).await?;
    assert!(story.body.contains("Organization suspended"), "{}", story.body);
    let done = rep.post(&format!("{page}/restore"), "name=Test+organization&reason=Paid").await?;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(status(&server, &tenant, &key).await?, 404);

    // Nobody of theirs may.
    for path in ["", "/suspend", "/restore", "/visit"] {
        assert_eq!(owner.get(&format!("{page}{path}")).await?.status, 403, "{path}");
    }
    for path in ["/suspend", "/restore", "/visit", "/leave"] {
        assert_eq!(owner.post(&format!("{page}{path}"), meant).await?.status, 403, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_visit_shows_everything_changes_nothing_and_stands_in_their_log() -> Result {
    let server = TestServer::start().await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let (rep, owner) = (rep(&server).await?, Visitor::member(&server, &tenant, Role::Owner).await?);
    let (slug, page) = (&tenant.slug, format!("/rep/tenants/{}", tenant.slug));
    let inside = [format!("/{slug}"), format!("/{slug}/settings/api-keys")];
    for path in &inside {
        assert_eq!(rep.get(path).await?.status, 404, "{path}");
    }
    assert_eq!(rep.post(&format!("{page}/visit"), "reason=+").await?.status, 422);
    assert_eq!(rep.post(&format!("{page}/visit"), "reason=Ticket+4711").await?.status, 303);
    for path in &inside {
        let seen = rep.get(path).await?;
        assert_eq!(seen.status, 200, "{path}");
        assert!(seen.body.contains("as vendor staff"), "{}", seen.body);
    }
    let keys = format!("/{slug}/settings/api-keys");
    let own = format!("{keys}/{}", key.id);
    for (path, form) in [
        (format!("{keys}/new"), "name=Mine&environment=live&access=read"),
        (format!("{own}/revoke"), ""),
        (format!("{own}/disable"), ""),
        (format!("{own}/regenerate"), ""),
        (format!("/{slug}/channels/new"), "name=Mine"),
        (format!("/{slug}/settings/team/invite"), "email=me%40rep.example&role=owner"),
    ] {
        assert_eq!(rep.post(&path, form).await?.status, 403, "{path}");
    }
    assert_eq!(rep.get(&format!("/{slug}/settings/audit-log")).await?.status, 403);
    assert_eq!(status(&server, &tenant, &key).await?, 404, "the key works on");

    assert_eq!(rep.post(&format!("{page}/leave"), "").await?.status, 303);
    assert_eq!(rep.get(&inside[0]).await?.status, 404);
    let log = owner.get(&format!("/{slug}/settings/audit-log")).await?;
    for words in ["Rep entered", "Ticket 4711", "Rep left", "Vendor staff"] {
        assert!(log.body.contains(words), "{words}: {}", log.body);
    }
    Ok(())
}
