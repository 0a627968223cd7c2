//! One request, to the service behind and back.

use axum::body::Body;
use axum::http::header::{TRANSFER_ENCODING, UPGRADE};
use axum::http::request::Parts;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderValue, Method, Request, Uri};
use axum::response::Response;
use domain::directory::KeyRecord;
use domain::profiles::Problem;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error as _;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

use super::fields::{self, Origin};
use super::paced::{Paced, Progress};
use super::upstreams::{Entry, Patience};
use crate::Result;
use crate::api::surface::Surface;
use crate::api::{key_of, target};
use crate::identity;

/// How long an unused connection is kept. Most servers keep theirs longer.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);

/// A service behind, with connections that are kept.
#[derive(Debug)]
pub struct Upstream {
    authority: Authority,
    forward_key: bool,
    patience: Patience,
    client: Client<HttpConnector, Body>,
}

impl Upstream {
    pub fn new(entry: &Entry) -> Result<Self> {
        let patience = entry.patience();
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(patience.connect));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .build(connector);
        let authority = entry.authority()?;
        Ok(Self { authority, forward_key: entry.forward_key, patience, client })
    }

    /// Its host and port.
    pub fn name(&self) -> &str {
        self.authority.as_str()
    }

    /// The service's answer, or why there is none. A caller who hangs up ends it on both sides.
    pub async fn forward(
        &self,
        key: &KeyRecord,
        surface: &Surface,
        origin: Origin,
        request: Parts,
        body: Body,
    ) -> Result<Response, Problem> {
        if changes_protocol(&request) {
            return Err(Problem::NoUpgrade);
        }
        if is_coded(&request) {
            return Err(Problem::NoCoding);
        }
        let progress = Arc::new(Progress::default());
        let body = Paced::pace(body, self.patience.idle, &progress);
        let request = self.translate(key, surface, origin, request, body)?;
        let answer = self.send(request, &progress).await?;
        let (mut head, body) = answer.into_parts();
        fields::drop_hop_by_hop(&mut head.headers);
        let body = Paced::pace(Body::new(body), self.patience.idle, &Arc::default());
        Ok(Response::from_parts(head, body))
    }

    fn translate(
        &self,
        key: &KeyRecord,
        surface: &Surface,
        origin: Origin,
        request: Parts,
        body: Body,
    ) -> Result<Request<Body>, Problem> {
        let path = request.uri.path_and_query().filter(|path| path.as_str().starts_with('/'));
        let uri = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.authority.clone())
            .path_and_query(path.ok_or(Problem::NotFound)?.clone())
            .build()
            .map_err(|_| Problem::NotFound)?;
        // Before the fields are touched: the sender may name this one as a hop's, too.
        let host = HeaderValue::from_str(target::authority(&request)).ok();
        let mut headers = request.headers;
        fields::drop_hop_by_hop(&mut headers);
        fields::drop_claims(&mut headers);
        if !self.forward_key {
            headers.remove(&surface.key_header);
            surface.secret_header.as_ref().map(|secret| headers.remove(secret));
            key_of::drop_token(surface, &mut headers);
        }
        fields::write_origin(&mut headers, origin, host);
        identity::write(key, &mut headers);
        let mut translated = Request::new(body);
        *translated.method_mut() = request.method;
        *translated.uri_mut() = uri;
        *translated.headers_mut() = headers;
        Ok(translated)
    }

    /// Waits for the answer's head. As long as the request's body is still coming, the service has
    /// no reason to answer.
    async fn send(
        &self,
        request: Request<Body>,
        progress: &Progress,
    ) -> Result<hyper::Response<hyper::body::Incoming>, Problem> {
        let mut answer = pin!(self.client.request(request));
        loop {
            let before = progress.pieces();
            match timeout(self.patience.head, &mut answer).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => return Err(self.failed(&error, progress)),
                Err(_) if progress.pieces() > before || progress.is_awaited() => {}
                Err(_) => {
                    tracing::warn!(upstream = %self.authority, "no answer in time");
                    return Err(Problem::GatewayTimeout);
                }
            }
        }
    }

    fn failed(&self, error: &Error, progress: &Progress) -> Problem {
        if progress.is_broken() {
            return Problem::Incomplete;
        }
        // Says what happened to the connection; nothing of the request.
        let reason = root_cause(error);
        tracing::warn!(upstream = %self.authority, reason, "no answer");
        if is_timeout(error) { Problem::GatewayTimeout } else { Problem::BadGateway }
    }
}

/// An upgraded connection would outlive its key. HTTP/2 without TLS is only an offer, and may be
/// passed over.
fn changes_protocol(request: &Parts) -> bool {
    let mut wanted = request.headers.get_all(UPGRADE).iter();
    request.method == Method::CONNECT || wanted.any(|protocol| protocol != "h2c")
}

/// Whether the body comes in a coding that is not undone here: without the field, which is ours to
/// write, the service would take it for the body itself (RFC 9112, section 6.1).
fn is_coded(request: &Parts) -> bool {
    let mut codings = request.headers.get_all(TRANSFER_ENCODING).iter();
    codings.any(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

fn root_cause(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn is_timeout(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::TimedOut)
        {
            return true;
        }
        cause = error.source();
    }
    false
}
