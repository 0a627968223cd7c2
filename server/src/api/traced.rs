//! The span of a call: whose API, which endpoint, how it was judged.

use axum::extract::Request;
use axum::http::request::Parts;
use axum::response::Response;
use domain::profiles::Endpoint;
use domain::verification::Outcome;
use opentelemetry::KeyValue;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::trace::Span;
use std::borrow::Cow;
use std::sync::Arc;

use super::handle::{Answering, handle};
use super::target::{Target, host};
use super::{Shared, possession};
use crate::traces::{Traces, end, pass_on};

/// Stands beside an answer: what was said of the key.
#[derive(Clone, Copy, Debug)]
pub struct Judged(pub Outcome);

/// Answers as [`handle`] does, and leaves a span if the call is sampled.
pub fn handle_traced(shared: &Arc<Shared>, traces: &Traces, request: Request) -> Answering {
    let (mut request, body) = request.into_parts();
    let host = host(&request).into_owned();
    let target = Target::find(&shared.backend.profiles, &host, request.uri.path());
    let route = target.and_then(|target| route(target, &request));
    let span = traces.request(&request.method, route.as_deref(), &request.headers);
    let Some(mut span) = span else { return handle(shared, Request::from_parts(request, body)) };
    if let Some(target) = target {
        span.set_attribute(KeyValue::new("latchkey.profile", target.profile.name.clone()));
    }
    pass_on(&span, &mut request.headers);
    let finish = |mut span: Span, answer: &Response| {
        if let Some(Judged(outcome)) = answer.extensions().get() {
            let (outcome, reason) = match outcome {
                Outcome::Accepted => ("accepted", None),
                Outcome::Refused(reason) => ("refused", Some(reason.as_str())),
            };
            span.set_attribute(KeyValue::new("latchkey.outcome", outcome));
            span.set_attributes(reason.map(|reason| KeyValue::new("latchkey.reason", reason)));
        }
        end(span, answer);
    };
    match handle(shared, Request::from_parts(request, body)) {
        Answering::Now(answer) => {
            if let Some(answer) = &answer {
                finish(span, answer);
            }
            Answering::Now(answer)
        }
        Answering::Later(answer) => Answering::Later(Box::pin(async move {
            let answer = answer.await;
            finish(span, &answer);
            answer
        })),
    }
}

/// The endpoint as the profile writes it: nothing of what the caller wrote.
fn route<'a>(target: Target<'a, '_>, request: &'a Parts) -> Option<Cow<'a, str>> {
    let (profile, path) = (target.profile, request.uri.path());
    match Endpoint::find(profile, path) {
        Endpoint::Document(_, document) => Some(document.path.as_str().into()),
        Endpoint::Collection(collection) => Some(collection.path.as_str().into()),
        Endpoint::Item(collection, _) => Some(format!("{}/{{id}}", collection.path).into()),
        Endpoint::Nothing if path == possession::PATH => Some(possession::PATH.into()),
        Endpoint::Nothing => profile.login_path().filter(|login| *login == path).map(Cow::Borrowed),
    }
}
