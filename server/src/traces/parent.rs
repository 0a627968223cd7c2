//! The trace that a caller's request belongs to (W3C Trace Context).

use axum::http::{HeaderMap, HeaderName};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;

const NAME: &str = "traceparent";
pub const TRACEPARENT: HeaderName = HeaderName::from_static(NAME);

/// The context of the caller's span; an empty one where none is told, or not understood.
pub fn of(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Parent(headers))
}

/// Two ids and a flag. `tracestate` is left alone: it is free text, which would come to stand in our
/// spans.
struct Parent<'a>(&'a HeaderMap);

impl Extractor for Parent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let told = self.0.get(key).filter(|_| key == NAME);
        told.and_then(|told| told.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        vec![NAME]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use opentelemetry::trace::TraceContextExt;

    #[test]
    fn free_text_of_a_caller_is_not_taken_over() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut headers = HeaderMap::new();
        headers.insert("tracestate", HeaderValue::from_static("a=my-secret"));
        assert!(!of(&headers).span().span_context().is_valid());
        headers.insert(TRACEPARENT, HeaderValue::from_static(parent));
        let context = of(&headers);
        let span = context.span();
        assert!(span.span_context().is_valid() && span.span_context().is_sampled());
        assert_eq!(span.span_context().trace_state().header(), "");
    }
}
