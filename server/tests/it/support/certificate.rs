//! A certificate of this machine's own, and a client that trusts it alone.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use server::tls::TlsFiles;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Result;
use super::directory::TestDirectory;

pub struct Certificate {
    der: CertificateDer<'static>,
    chain: String,
    key: String,
}

impl Certificate {
    pub fn make() -> Result<Self> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let (chain, key) = (cert.pem(), signing_key.serialize_pem());
        Ok(Self { der: cert.der().clone(), chain, key })
    }

    /// Where [`Certificate::write`] puts it.
    pub fn paths(directory: &TestDirectory) -> [PathBuf; 2] {
        [directory.join("tls.crt"), directory.join("tls.key")]
    }

    /// Puts it in the place of any other.
    pub fn write(&self, directory: &TestDirectory) -> Result {
        let [certificate, key] = Self::paths(directory);
        std::fs::write(certificate, &self.chain)?;
        Ok(std::fs::write(key, &self.key)?)
    }

    /// Written, and as the program is told of it.
    pub fn files(&self, directory: &TestDirectory) -> Result<Option<TlsFiles>> {
        self.write(directory)?;
        let [certificate, key] = Self::paths(directory);
        Ok(TlsFiles::named(Some(certificate), Some(key), "a test's")?)
    }

    /// Connects by these versions to whoever has this certificate.
    pub async fn connect(
        &self,
        address: &str,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone())?;
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(address.trim_start_matches("https://")).await?;
        let name = ServerName::try_from("localhost")?;
        Ok(TlsConnector::from(Arc::new(config)).connect(name, stream).await?)
    }
}
