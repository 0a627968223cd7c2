//! A collector of OpenTelemetry's spans.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Result;

/// What came: header and body of each request.
type Inbox = Arc<Mutex<Vec<(Option<String>, Vec<u8>)>>>;

pub struct Collector {
    pub address: String,
    inbox: Inbox,
    task: JoinHandle<()>,
}

impl Collector {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let inbox = Inbox::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&inbox));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, inbox, task })
    }

    /// Each request's `authorization` and body.
    pub fn received(&self) -> Vec<(Option<String>, Vec<u8>)> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All spans, and what each says of its program.
    pub fn spans(&self) -> Result<Vec<(Span, Vec<KeyValue>)>> {
        let mut spans = Vec::new();
        for (_, body) in self.received() {
            for of_program in ExportTraceServiceRequest::decode(body.as_slice())?.resource_spans {
                let program = of_program.resource.unwrap_or_default().attributes;
                let found = of_program.scope_spans.into_iter().flat_map(|scope| scope.spans);
                spans.extend(found.map(|span| (span, program.clone())));
            }
        }
        Ok(spans)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(inbox): State<Inbox>, request: Request<Body>) -> StatusCode {
    let authorization = request.headers().get("authorization");
    let authorization = authorization.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Ok(body) = to_bytes(request.into_body(), 4 << 20).await else {
        return StatusCode::BAD_REQUEST;
    };
    let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
    inbox.push((authorization, body.to_vec()));
    StatusCode::OK
}

/// The attribute of this name, as text.
pub fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let value = attributes.iter().find(|attribute| attribute.key == name)?.value.as_ref();
    match value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text.clone()),
        Some(AnyValue { value: Some(Value::IntValue(number)) }) => Some(number.to_string()),
        _ => None,
    }
}
