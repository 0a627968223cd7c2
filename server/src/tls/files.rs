//! The certificate and its key, in two files.

use domain::whole_file;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{Error, ServerConfig};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Failure, Result};

const NOT_PEM: &str = "is not PEM";

/// Where a listener's certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
    /// By which flags they were named, for messages.
    flags: &'static str,
}

/// By which changes of the files are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp([Option<[i64; 4]>; 2]);

impl TlsFiles {
    /// Both files, or neither, and such that they can be used: `flags` says how they are named.
    pub fn named(
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
        flags: &'static str,
    ) -> Result<Option<Self>> {
        let set = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        match (set(certificate), set(key)) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                let files = Self { certificate, key, flags };
                files.load()?;
                Ok(Some(files))
            }
            _ => Err(Failure::new(format!(
                "HTTPS needs a certificate and its key: name both, or neither ({flags})"
            ))),
        }
    }

    /// What connections are encrypted with, TLS 1.2 at least, or what is wrong with the files.
    pub fn load(&self) -> Result<Arc<ServerConfig>> {
        let (certificates, key) = (self.certificates()?, self.private_key()?);
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .and_then(|config| config.with_no_client_auth().with_single_cert(certificates, key));
        let mut config = config.map_err(|error| match error {
            Error::InconsistentKeys(_) => self.wrong(
                &self.key,
                &format!("is not the key of the certificate in {}", self.certificate.display()),
            ),
            error => {
                self.wrong(&self.certificate, &format!("cannot be used with its key: {error}"))
            }
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let path = &self.certificate;
        let pem = self.read(path)?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|_| self.wrong(path, NOT_PEM))?;
        if certificates.is_empty() {
            return Err(self.wrong(
                path,
                "holds no certificate: it should be PEM, with this server's certificate first and then those \
                 between it and a root",
            ));
        }
        Ok(certificates)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>> {
        PrivateKeyDer::from_pem_slice(&self.read(&self.key)?).map_err(|error| match error {
            PemError::NoItemsFound => self.wrong(
                &self.key,
                "holds no private key: it should be PEM that begins with BEGIN PRIVATE KEY, BEGIN EC PRIVATE KEY or \
                 BEGIN RSA PRIVATE KEY, without a password",
            ),
            // What stands in the file is not repeated.
            _ => self.wrong(&self.key, NOT_PEM),
        })
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        whole_file::read(path, whole_file::CONFIGURATION_MAX)
            .map_err(|error| self.wrong(path, &format!("cannot be read: {error}")))
    }

    fn wrong(&self, path: &Path, what: &str) -> Failure {
        Failure::new(format!("{} {what} ({})", path.display(), self.flags))
    }

    /// Another one after every change, also where a file is replaced by another of the same time.
    pub(super) fn stamp(&self) -> Stamp {
        let of = |it: Metadata| {
            let changed = it.ctime().wrapping_mul(1_000_000_000).wrapping_add(it.ctime_nsec());
            [it.mtime(), changed, it.ino().cast_signed(), it.size().cast_signed()]
        };
        // Follows links, which are how some change both files at once.
        Stamp([&self.certificate, &self.key].map(|path| std::fs::metadata(path).ok().map(of)))
    }
}
