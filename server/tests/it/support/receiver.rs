//! A program that webhooks lead to.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Result;

/// What came.
#[derive(Clone, Debug)]
pub struct Received {
    pub id: String,
    pub timestamp: String,
    pub signatures: String,
    pub body: String,
}

impl Received {
    /// Whether one of the signatures is by this secret, as Standard Webhooks says.
    pub fn is_signed_by(&self, secret: &str) -> Result<bool> {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").ok_or("no secret")?)?;
        let text = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let wanted = format!("v1,{}", STANDARD.encode(hmac(&key, text.as_bytes())));
        Ok(self.signatures.split(' ').any(|signature| signature == wanted))
    }
}

/// By the book (RFC 2104), apart from what the program itself uses.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| -> Vec<u8> {
        (0..64).map(|at| key.get(at).copied().unwrap_or_default() ^ pad).collect()
    };
    let inner = Sha256::digest([padded(0x36).as_slice(), text].concat());
    Sha256::digest([padded(0x5c).as_slice(), &inner].concat()).to_vec()
}

#[derive(Debug, Default)]
struct Inbox {
    received: Vec<Received>,
    /// What is answered next; 204 when there is no more.
    answers: Vec<u16>,
    /// Where 3xx leads.
    location: String,
}

/// Keeps what comes, and answers as it is told.
pub struct Receiver {
    pub address: String,
    inbox: Arc<Mutex<Inbox>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Answers in this order.
    pub async fn start(answers: &[u16], location: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let answers = answers.iter().rev().copied().collect();
        let inbox = Inbox { received: Vec::new(), answers, location: location.to_owned() };
        let inbox = Arc::new(Mutex::new(inbox));
        let router = Router::new().fallback(take).with_state(Arc::clone(&inbox));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, inbox, task })
    }

    pub fn received(&self) -> Vec<Received> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).received.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(inbox): State<Arc<Mutex<Inbox>>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let field = |name: &str| {
        let value = head.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let received = Received {
        id: field("webhook-id"),
        timestamp: field("webhook-timestamp"),
        signatures: field("webhook-signature"),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
    inbox.received.push(received);
    let status = inbox.answers.pop().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::NO_CONTENT);
    let location = if status.is_redirection() { inbox.location.clone() } else { String::new() };
    (status, [(LOCATION, location)]).into_response()
}
