//! What describes each API, to anybody who asks.

use crate::support::Result;
use crate::support::http::{get, request};
use crate::support::server::TestServer;

#[tokio::test]
async fn every_api_describes_itself() -> Result {
    let server = TestServer::start().await?;
    let (profiles, port) = (&server.backend().profiles, server.addresses().api_port);
    for profile in profiles.iter() {
        let host = profile.host_of("one");
        let described = server.api(&get("/openapi.json").host(&host)).await?;
        assert_eq!(
            (described.status, described.header("content-type")),
            (200, Some("application/json"))
        );
        let described = described.json()?;
        assert_eq!(described["info"]["title"], profile.title.as_str());
        // What stands in for the vendor's hosts is this server; the vendor's own are elsewhere.
        let servers = described["servers"].as_array().ok_or("no servers")?;
        for address in servers.iter().filter_map(|server| server["url"].as_str()) {
            let here = address.contains(".localhost");
            let wanted = if here { format!(":{port}") } else { String::new() };
            let host = address.strip_prefix(if here { "http://" } else { "https://" });
            let host = host.and_then(|host| host.strip_suffix(&*wanted)).ok_or(address)?;
            assert!(profile.hosts().any(|known| known == host), "{address}");
        }
        for collection in &profile.collections {
            assert!(described["paths"][&collection.path].is_object(), "{}", collection.path);
        }
        let page = server.api(&get("/docs").host(&host)).await?;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.body.contains(&format!("<h1>{} API</h1>", profile.title)));
        let head = server.api(&request("HEAD", "/docs").host(&host)).await?;
        assert_eq!(head.header("content-length"), Some(page.body.len().to_string().as_str()));
        // By other methods there is nothing, as for any path.
        let posted = server.api(&request("POST", "/docs").host(&host)).await?;
        assert_eq!(posted.status, 401);
    }
    Ok(())
}
