//! For services in Rust: a tower layer that asks Latchkey before it lets a request through.
//!
//! ```no_run
//! use axum::{Extension, Router, routing::get};
//! use server::layer::{Identity, LatchkeyLayer};
//!
//! async fn patients(Extension(caller): Extension<Identity>) -> String {
//!     format!("for {} only", caller.organization)
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The address of the internal listener, and the profile whose keys are wanted.
//! let latchkey = LatchkeyLayer::new("127.0.0.1:3002", "delphos")?;
//! let service: Router = Router::new().route("/v1/patients", get(patients)).layer(latchkey);
//! # Ok(())
//! # }
//! ```

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Layer, Service};

use crate::{Failure, Result, identity};

/// How long Latchkey may take. It answers from memory.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an unused connection to it is kept; it keeps them for longer.
const IDLE_CONNECTION: Duration = Duration::from_secs(30);

const METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ORIGINAL_HOST: HeaderName = HeaderName::from_static("x-original-host");
const URI: HeaderName = HeaderName::from_static("x-original-uri");
const IP: HeaderName = HeaderName::from_static("x-original-ip");
const TOKEN: HeaderName = HeaderName::from_static("x-latchkey-token");

/// Who is calling; an extension of each request that is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub key_id: String,
    /// The organization's slug.
    pub organization: String,
    /// The channel's id, where the key belongs to one.
    pub channel: Option<String>,
    /// `live` or `test`.
    pub environment: String,
    pub scopes: Vec<String>,
    pub profile: String,
}

/// Lets through what Latchkey lets in. All else gets the profile's own refusal; where Latchkey does
/// not answer, a 503.
#[derive(Clone)]
pub struct LatchkeyLayer {
    client: Client<HttpConnector, Body>,
    question: Uri,
    token: Option<HeaderValue>,
    asked: Vec<HeaderName>,
}

impl fmt::Debug for LatchkeyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatchkeyLayer").field("question", &self.question).finish_non_exhaustive()
    }
}

impl LatchkeyLayer {
    /// Asks the internal listener at `HOST:PORT` for keys of this profile, in the header fields
    /// `x-api-key` and `x-api-secret`.
    pub fn new(latchkey: &str, profile: &str) -> Result<Self> {
        let wrong = |error: axum::http::Error| Failure::because("the address of Latchkey", error);
        let authority: Authority =
            latchkey.parse().map_err(|error| wrong(axum::http::Error::from(error)))?;
        let path: PathAndQuery = format!("/forward-auth?profile={profile}")
            .parse()
            .map_err(|error| wrong(axum::http::Error::from(error)))?;
        let question =
            Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(path);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .build_http();
        Ok(Self {
            client,
            question: question.build().map_err(wrong)?,
            token: None,
            asked: ["x-api-key", "x-api-secret"].map(HeaderName::from_static).to_vec(),
        })
    }

    /// Shows this token, where the internal listener demands one.
    pub fn with_token(mut self, token: &str) -> Result<Self> {
        let mut token = HeaderValue::try_from(token)
            .map_err(|_| Failure::new("the internal token cannot stand in a header"))?;
        token.set_sensitive(true);
        self.token = Some(token);
        Ok(self)
    }

    /// Looks for key and secret in these header fields.
    pub fn with_headers(mut self, names: &[&str]) -> Result<Self> {
        let name = |name: &&str| {
            HeaderName::try_from(*name).map_err(|error| Failure::because("a header's name", error))
        };
        self.asked = names.iter().map(name).collect::<Result<_>>()?;
        Ok(self)
    }

    /// Who is calling, or the answer that the caller gets.
    async fn ask(&self, asked: HeaderMap) -> Result<Identity, Response> {
        let mut question = axum::http::Request::new(Body::empty());
        *question.uri_mut() = self.question.clone();
        *question.headers_mut() = asked;
        match tokio::time::timeout(PATIENCE, self.client.request(question)).await {
            Ok(Ok(answer)) if answer.status() == StatusCode::OK => {
                Identity::of(answer.headers()).ok_or_else(unavailable)
            }
            Ok(Ok(answer)) if is_refusal(answer.status()) => {
                let (mut head, body) = answer.into_parts();
                head.headers.remove(CONTENT_LENGTH);
                Err(Response::from_parts(head, Body::new(body)))
            }
            // What is wrong with the question is nobody else's business.
            Ok(_) | Err(_) => Err(unavailable()),
        }
    }

    /// What Latchkey is told of a request.
    fn question_of(&self, request: &Request) -> HeaderMap {
        let mut told = HeaderMap::new();
        for name in &self.asked {
            for value in request.headers().get_all(name) {
                told.append(name, value.clone());
            }
        }
        let mut tell = |name: HeaderName, text: Option<&str>| {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
                told.insert(name, value);
            }
        };
        let uri = request.uri();
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        tell(METHOD, Some(request.method().as_str()));
        tell(URI, Some(uri.path()));
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        tell(ORIGINAL_HOST, uri.authority().map(Authority::as_str).or(host));
        tell(IP, peer.map(|ConnectInfo(peer)| peer.ip().to_string()).as_deref());
        if let Some(token) = &self.token {
            told.insert(TOKEN, token.clone());
        }
        told
    }
}

impl Identity {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Some(Self {
            key_id: text(identity::KEY_ID)?,
            organization: text(identity::ORGANIZATION)?,
            channel: text(identity::CHANNEL).filter(|channel| !channel.is_empty()),
            environment: text(identity::ENVIRONMENT)?,
            scopes: text(identity::SCOPES)?.split(' ').map(str::to_owned).collect(),
            profile: text(identity::PROFILE)?,
        })
    }
}

/// 400 means that the question was wrong.
fn is_refusal(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE
    )
}

fn unavailable() -> Response {
    let mut response =
        Response::new(Body::from(r#"{"error":"API keys cannot be checked just now"}"#));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl<S> Layer<S> for LatchkeyLayer {
    type Service = Latchkey<S>;

    fn layer(&self, inner: S) -> Latchkey<S> {
        Latchkey { layer: self.clone(), inner }
    }
}

/// A service behind Latchkey.
#[derive(Clone, Debug)]
pub struct Latchkey<S> {
    layer: LatchkeyLayer,
    inner: S,
}

impl<S> Service<Request> for Latchkey<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        // The one that is ready serves; its copy waits for the next request.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let layer = self.layer.clone();
        let asked = layer.question_of(&request);
        Box::pin(async move {
            match layer.ask(asked).await {
                Ok(identity) => {
                    request.extensions_mut().insert(identity);
                    inner.call(request).await
                }
                Err(answer) => Ok(answer),
            }
        })
    }
}
