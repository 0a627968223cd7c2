//! A service behind, and others that misbehave.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{Json, Response};
use axum::routing::any;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::Result;

/// Tells what it was asked, or, at `/stream`, sends back what comes as it comes.
pub struct Upstream {
    pub address: String,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Upstream {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let router = Router::new()
            .route("/stream", any(async |request: Request| Response::new(request.into_body())))
            .fallback(tell)
            .with_state(Arc::clone(&requests));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, requests, task })
    }

    /// How often it was asked to tell.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn tell(State(requests): State<Arc<AtomicUsize>>, request: Request<Body>) -> Json<Value> {
    requests.fetch_add(1, Ordering::SeqCst);
    let (request, body) = request.into_parts();
    let mut headers = Map::new();
    for name in request.headers.keys() {
        let values = request.headers.get_all(name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        headers.insert(name.to_string(), values.collect());
    }
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Json(json!({
        "method": request.method.as_str(),
        "uri": request.uri.to_string(),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    }))
}

/// One that does with each connection what the test wants, once a request's head is there.
pub async fn misbehaving<F>(what: impl Fn(TcpStream) -> F + Send + 'static) -> Result<String>
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { break };
                head.push(byte);
            }
            tokio::spawn(what(stream));
        }
    });
    Ok(address)
}

/// An address at which nobody listens.
pub async fn nobody() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string())
}
