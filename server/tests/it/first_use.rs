//! A page that waits for a key's first request hears of it.

use domain::keys::Access;
use domain::members::Role;
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

use crate::support::http::get;
use crate::support::server::TestServer;
use crate::support::tenant::{Tenant, TestKey};
use crate::support::visitor::Visitor;
use crate::support::{Result, fail};

const EVENT: &str = "event: received\ndata: true\n\n";

/// A key that was never used, and somebody who looks at it.
struct Stage {
    server: TestServer,
    tenant: Tenant,
    visitor: Visitor,
    key: TestKey,
    path: String,
}

impl Stage {
    async fn set() -> Result<Self> {
        let server = TestServer::start().await?;
        let tenant = server.tenant("delphos").await?;
        let visitor = Visitor::member(&server, &tenant, Role::Viewer).await?;
        let key = tenant.key(Access::ReadWrite).await?;
        let path = format!("/{}/settings/api-keys/{}/first-use", tenant.slug, key.id);
        Ok(Self { server, tenant, visitor, key, path })
    }

    /// Uses the key.
    async fn call(&self) -> Result {
        let call = get("/v1/patients").host(&self.tenant.host()).key(&self.key.text);
        assert_eq!(self.server.api(&call).await?.status, 200);
        Ok(())
    }
}

#[tokio::test]
async fn hears_of_the_first_request_when_it_comes() -> Result {
    let stage = Stage::set().await?;
    let (head, mut listening) = stage.visitor.listen(&stage.path).await?;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(head.header("cache-control"), Some("no-store"));
    stage.call().await?;
    assert_eq!(listening.rest().await?, EVENT);
    // Whoever comes later hears of it at once.
    assert_eq!(stage.visitor.get(&stage.path).await?.body, EVENT);
    Ok(())
}

#[tokio::test]
async fn everybody_listens_a_few_times_at_most() -> Result {
    let stage = Stage::set().await?;
    let mut listening = JoinSet::new();
    for _ in 0..5 {
        let (visitor, path) = (stage.visitor.clone(), stage.path.clone());
        listening.spawn(async move { visitor.get(&path).await });
    }
    let Some(first) = listening.join_next().await else { return fail("nobody listens") };
    assert_eq!(first??.status, 429);
    stage.call().await?;
    let mut heard = 0;
    while let Some(answer) = listening.join_next().await {
        assert_eq!(answer??.body, EVENT);
        heard += 1;
    }
    assert_eq!(heard, 4);
    assert_eq!(stage.visitor.get(&stage.path).await?.status, 200, "there is room again");
    Ok(())
}

/// Nor is it taken for an attack that the session is gone.
#[tokio::test]
async fn who_signs_out_hears_nothing_any_more() -> Result {
    let stage = Stage::set().await?;
    let (head, mut listening) = stage.visitor.listen(&stage.path).await?;
    assert_eq!(head.status, 200);
    assert_eq!(stage.visitor.post("/logout", "next=/").await?.status, 303);
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(move || writer.clone())
        .finish();
    // The server runs on this test's thread.
    let logging = tracing::subscriber::set_default(lines);
    assert_eq!(listening.rest().await?, "");
    tracing::warn!("the end");
    drop(logging);
    let written = log.written()?;
    assert!(written.contains("the end") && !written.contains("suspicious"), "{written}");
    Ok(())
}

/// A server that stops waits for answers under way: this one ends by itself, and whole.
#[tokio::test]
async fn a_server_that_stops_ends_it() -> Result {
    let stage = Stage::set().await?;
    let (head, mut listening) = stage.visitor.listen(&stage.path).await?;
    assert_eq!(head.status, 200);
    let (rest, ()) = tokio::join!(listening.rest(), stage.server.stop());
    assert_eq!(rest?, "");
    Ok(())
}

/// What is logged while a test looks.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn written(&self) -> Result<String> {
        let written = self.0.lock().map_err(|_| "somebody panicked")?;
        Ok(String::from_utf8_lossy(&written).into_owned())
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().map_err(|_| std::io::ErrorKind::Other)?.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
