//! Traces for an OpenTelemetry collector: a span for each request that is sampled, and for work in
//! the background. Nothing that a caller sends stands in them but the method and the ids of its trace.
//!
//! Without a collector there is no [`Traces`] anywhere, and no span is ever made.

mod collector;
mod page;
mod parent;
mod settings;

pub use page::traced;
pub use settings::{Settings, Wanted};

use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use domain::work::{Watch, Work};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use std::borrow::Cow;
use std::time::Duration;

use crate::calls::REQUEST_ID;
use crate::{Failure, Result};
use collector::Collector;
use parent::TRACEPARENT;

/// How long the last spans may take to be sent.
const LAST_PATIENCE: Duration = Duration::from_secs(3);

/// Makes spans, and sends them. The queue is bounded: without a collector that takes them, spans are
/// dropped and nobody waits.
#[derive(Clone, Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// From here on, what is sampled is sent. `node`: by which people tell this node from others.
    /// Needs a runtime around it.
    pub fn start(settings: &Settings, node: &str) -> Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new()?)
            .with_endpoint(settings.endpoint.to_string())
            .with_headers(settings.headers.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(collector::PATIENCE)
            .build()
            .map_err(|error| Failure::because("OpenTelemetry", error))?;
        let resource = Resource::builder()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attribute(KeyValue::new("service.instance.id", node.to_owned()))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(settings.sampler.clone())
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("latchkey");
        Ok(Self { provider, tracer })
    }

    /// Sends what is left, for as long as there is patience.
    pub async fn stop(self) {
        // Waits for the sender's thread.
        let stopped = tokio::task::spawn_blocking(move || {
            let flushed = self.provider.shutdown_with_timeout(LAST_PATIENCE);
            flushed.is_ok()
        });
        if !stopped.await.unwrap_or_default() {
            tracing::warn!("the last spans could not be sent to the OpenTelemetry collector");
        }
    }

    /// Takes note of work in the background.
    pub fn watch(&self) -> Watch {
        let traces = self.clone();
        Watch::new(move |work| traces.work(work))
    }

    /// The span of a request that has come in; none when it is not sampled. `route`: what the path is
    /// an example of.
    pub(crate) fn request(
        &self,
        method: &Method,
        route: Option<&str>,
        headers: &HeaderMap,
    ) -> Option<Span> {
        let method = known(method);
        let name = route.map_or(Cow::Borrowed(method), |route| format!("{method} {route}").into());
        let mut attributes = vec![KeyValue::new("http.request.method", method)];
        attributes.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));
        let builder = self.tracer.span_builder(name).with_kind(SpanKind::Server);
        let builder = builder.with_attributes(attributes);
        let span = self.tracer.build_with_context(builder, &parent::of(headers));
        span.is_recording().then_some(span)
    }

    fn work(&self, work: &Work) {
        let end = opentelemetry::time::now();
        let builder = self
            .tracer
            .span_builder(work.name)
            .with_kind(SpanKind::Internal)
            .with_start_time(end.checked_sub(work.took).unwrap_or(end))
            .with_attributes([KeyValue::new("latchkey.items", count(work.items))]);
        let mut span = self.tracer.build_with_context(builder, &opentelemetry::Context::new());
        if work.failed {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(end);
    }
}

/// Ends a request's span with what can be told of its answer.
pub(crate) fn end(mut span: Span, answer: &Response) {
    let status = answer.status();
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
    if let Some(id) = answer.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()) {
        span.set_attribute(KeyValue::new("latchkey.request_id", id.to_owned()));
    }
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
    span.end();
}

/// Makes whoever the request is passed on to a child of the span.
pub(crate) fn pass_on(span: &Span, headers: &mut HeaderMap) {
    let context = span.span_context();
    let parent = format!("00-{}-{}-01", context.trace_id(), context.span_id());
    if let Ok(parent) = HeaderValue::try_from(parent) {
        headers.insert(TRACEPARENT, parent);
    }
}

/// The method, where it is one of HTTP's: any word of a caller's may stand there.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "_OTHER",
    }
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
