//! The program, in the test's own process.

use domain::Backend;
use domain::usage::levels::Retention;
use domain::webhooks::address::Reach;
use server::api::TrustedProxies;
use server::config::{Config, PublicUrl};
use server::datastores::NamedDatastores;
use server::gateway::Upstreams;
use server::site::Site;
use server::startup::{Addresses, Database, Server};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use super::Result;
use super::database::TestDatabase;
use super::directory::TestDirectory;
use super::http::{Answer, Request};
use super::tenant::Tenant;

/// A server on a database and ports of its own.
pub struct TestServer {
    server: Server,
    pub database: TestDatabase,
    _directory: TestDirectory,
}

impl TestServer {
    pub async fn start() -> Result<Self> {
        Self::start_as(|_| ()).await
    }

    /// With a configuration that differs.
    pub async fn start_as(change: impl FnOnce(&mut Config)) -> Result<Self> {
        let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
        let mut config = config(directory.path());
        change(&mut config);
        let server = Server::start(&config, &Database::named(database.options()).await?).await?;
        Ok(Self { server, database, _directory: directory })
    }

    /// Ends it in order.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    pub fn backend(&self) -> &Arc<Backend> {
        self.server.backend()
    }

    pub fn addresses(&self) -> &Addresses {
        self.server.addresses()
    }

    /// A new organization of this profile.
    pub async fn tenant(&self, profile: &str) -> Result<Tenant> {
        Tenant::make(self.backend(), profile).await
    }

    pub async fn api(&self, request: &Request) -> Result<Answer> {
        request.send(&self.addresses().api).await
    }

    pub async fn internal(&self, request: &Request) -> Result<Answer> {
        request.send(&self.addresses().internal).await
    }

    pub async fn dashboard(&self, request: &Request) -> Result<Answer> {
        request.send(&self.addresses().local_dashboard).await
    }
}

/// Free ports, no demo data, pages without scripts.
pub fn config(data_dir: &Path) -> Config {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Config {
        data_dir: data_dir.to_owned(),
        dashboard_addr: any,
        api_addr: any,
        internal_addr: any,
        node_name: "test".to_owned(),
        access_log_days: 30,
        usage: Retention::default(),
        trusted_proxies: TrustedProxies::default(),
        internal_token: None,
        profiles_dir: None,
        require_https: false,
        api_tls: None,
        dashboard_tls: None,
        datastores: NamedDatastores::default(),
        gateway: Upstreams::default(),
        public: PublicUrl::default(),
        site: Site::Missing,
        demo: false,
        mail: None,
        webhook_reach: Reach::default(),
        traces: None,
    }
}
