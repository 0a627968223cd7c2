//! Sends spans to the collector: by a connection for each batch, of which there is one every few
//! seconds.

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::header::HOST;
use axum::http::uri::Scheme;
use axum::http::{HeaderValue, Request, Response, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use rustls::pki_types::ServerName;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::{Failure, Result, tls};

/// How long a batch may take, from the name to the answer.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer, in bytes: it says little.
const ANSWER_MAX: usize = 64 * 1024;

/// By which the exporter reaches the collector.
pub struct Collector(Arc<Shared>);

struct Shared {
    tls: TlsConnector,
    runtime: Handle,
    /// Whether the last batch was not taken, which was told.
    is_away: AtomicBool,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector(…)")
    }
}

impl Collector {
    /// Trusts the system's certificates.
    pub fn new() -> Result<Self> {
        let runtime =
            Handle::try_current().map_err(|error| Failure::because("OpenTelemetry", error))?;
        let shared = Shared { tls: tls::connector()?, runtime, is_away: AtomicBool::new(false) };
        Ok(Self(Arc::new(shared)))
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let shared = Arc::clone(&self.0);
        // The exporter's thread is its own, without a runtime.
        let sent = self.0.runtime.spawn(async move {
            let sending = Box::pin(shared.send(request));
            timeout(PATIENCE, sending).await.unwrap_or_else(|_| Err("no answer in time".into()))
        });
        let answer = sent.await.unwrap_or_else(|_| Err("the program stops".into()));
        self.0.tell(&answer);
        answer
    }
}

impl Shared {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (mut parts, body) = request.into_parts();
        let address = std::mem::take(&mut parts.uri);
        let (authority, path) = (address.authority(), address.path_and_query());
        let (authority, path) = authority.zip(path).ok_or("the address has no host")?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let is_tls = address.scheme() == Some(&Scheme::HTTPS);
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        parts.headers.insert(HOST, HeaderValue::from_str(authority.as_str())?);
        parts.uri = Uri::from(path.clone());
        let request = Request::from_parts(parts, Body::from(body));
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        if !is_tls {
            return exchange(stream, request).await;
        }
        exchange(self.tls.connect(ServerName::try_from(host)?, stream).await?, request).await
    }

    /// Says once that the collector is away, and once that it is back.
    fn tell(&self, answer: &Result<Response<Bytes>, HttpError>) {
        let problem = match answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status().as_u16())),
            Err(error) => Some(error.to_string()),
        };
        let was_away = self.is_away.swap(problem.is_some(), Ordering::Relaxed);
        match problem {
            Some(problem) if !was_away => tracing::warn!(
                problem,
                "the OpenTelemetry collector does not take spans: they are dropped until it does"
            ),
            None if was_away => tracing::info!("the OpenTelemetry collector takes spans again"),
            _ => {}
        }
    }
}

async fn exchange<S>(stream: S, request: Request<Body>) -> Result<Response<Bytes>, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the sender.
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok(Response::from_parts(parts, to_bytes(Body::new(body), ANSWER_MAX).await?))
}
