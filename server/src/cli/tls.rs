//! Settings of `latchkey serve` for HTTPS.

use clap::Args;
use std::path::PathBuf;

use crate::config::PublicUrl;
use crate::tls::TlsFiles;
use crate::{Failure, Result};

#[derive(Debug, Args)]
pub struct Tls {
    /// The API's certificate, as PEM with those between it and a root: the API then takes HTTPS only,
    /// TLS 1.2 at least. New files are taken over while the program runs. Without it, plain HTTP, for
    /// a proxy in front that does TLS.
    #[arg(long, env = "LATCHKEY_API_TLS_CERT", value_name = "FILE")]
    api_tls_cert: Option<PathBuf>,

    /// The private key of the API's certificate, as PEM without a password.
    #[arg(long, env = "LATCHKEY_API_TLS_KEY", value_name = "FILE")]
    api_tls_key: Option<PathBuf>,

    /// The same for the dashboard; say by --dashboard-url how browsers find it.
    #[arg(long, env = "LATCHKEY_DASHBOARD_TLS_CERT", value_name = "FILE")]
    dashboard_tls_cert: Option<PathBuf>,

    /// The private key of the dashboard's certificate.
    #[arg(long, env = "LATCHKEY_DASHBOARD_TLS_KEY", value_name = "FILE")]
    dashboard_tls_key: Option<PathBuf>,
}

impl Tls {
    /// The API's files, then the dashboard's, which is found at `public`.
    pub fn files(self, public: &PublicUrl) -> Result<[Option<TlsFiles>; 2]> {
        let files = [
            TlsFiles::named(
                self.api_tls_cert,
                self.api_tls_key,
                "--api-tls-cert, --api-tls-key, LATCHKEY_API_TLS_CERT, LATCHKEY_API_TLS_KEY",
            )?,
            TlsFiles::named(
                self.dashboard_tls_cert,
                self.dashboard_tls_key,
                "--dashboard-tls-cert, --dashboard-tls-key, LATCHKEY_DASHBOARD_TLS_CERT, LATCHKEY_DASHBOARD_TLS_KEY",
            )?,
        ];
        // Else its cookies would be for plain HTTP, too, and its links would lead nowhere.
        if files[1].is_some() && !public.is_https() {
            return Err(Failure::new(
                "the dashboard has a certificate: say how browsers find it, as https://keys.example.com \
                 (--dashboard-url, LATCHKEY_DASHBOARD_URL)",
            ));
        }
        Ok(files)
    }
}
