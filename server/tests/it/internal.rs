//! The internal listener: health and readiness.

use serde_json::json;

use crate::support::Result;
use crate::support::http::{get, request};
use crate::support::server::TestServer;

#[tokio::test]
async fn health_and_readiness() -> Result {
    let server = TestServer::start().await?;
    let healthy = server.internal(&get("/healthz")).await?;
    assert_eq!((healthy.status, healthy.json()?), (200, json!({ "status": "ok" })));
    assert_eq!(server.internal(&get("/readyz")).await?.status, 200);
    assert_eq!(server.internal(&request("HEAD", "/readyz")).await?.status, 200);
    Ok(())
}
