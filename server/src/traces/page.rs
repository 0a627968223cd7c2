//! Spans around the routers of the dashboard and of the internal endpoints.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::{Traces, end};

/// What a request's path is an example of; none for what leaves no span.
pub type RouteOf = fn(&Request) -> Option<String>;

/// The same router, whose requests leave spans. Without traces it is not touched.
pub fn traced(router: Router, traces: Option<&Traces>, route: RouteOf) -> Router {
    let Some(traces) = traces.cloned() else { return router };
    router.layer(from_fn(move |request: Request, next: Next| {
        around(traces.clone(), route, request, next)
    }))
}

async fn around(traces: Traces, route: RouteOf, request: Request, next: Next) -> Response {
    let span = route(&request)
        .and_then(|route| traces.request(request.method(), Some(&route), request.headers()));
    let answer = next.run(request).await;
    if let Some(span) = span {
        end(span, &answer);
    }
    answer
}
