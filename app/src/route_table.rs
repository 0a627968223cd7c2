//! Routes that are written down while they are made: axum's router cannot be asked which it has,
//! and tests must know them all.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, on};
use leptos_axum::AxumRouteListing;
use std::convert::Infallible;
use tower::Service;

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    /// As axum writes it: `{name}` for what varies.
    pub path: String,
}

/// A router under construction with the list of its routes. There is no other way into it.
#[derive(Clone, Debug)]
pub struct RouteTable<S = ()> {
    router: Router<S>,
    routes: Vec<Route>,
}

impl<S: Clone + Send + Sync + 'static> RouteTable<S> {
    pub fn new() -> Self {
        Self { router: Router::new(), routes: Vec::new() }
    }

    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Method::GET, path, on(MethodFilter::GET, handler))
    }

    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Method::POST, path, on(MethodFilter::POST, handler))
    }

    /// Whatever the method is; listed as one that reads.
    #[must_use]
    pub fn any<H: Handler<T, S>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Method::GET, path, axum::routing::any(handler))
    }

    /// A service that answers at this very path.
    #[must_use]
    pub fn serve<T>(mut self, path: &str, service: T) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        self.routes.push(Route { method: Method::GET, path: path.to_owned() });
        self.router = self.router.route_service(path, service);
        self
    }

    /// A service that answers at all paths beneath this one.
    #[must_use]
    pub fn serve_beneath<T>(mut self, path: &str, service: T) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        self.routes.push(Route { method: Method::GET, path: format!("{path}/{{*file}}") });
        self.router = self.router.nest_service(path, service);
        self
    }

    /// The routes of both.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self.router = self.router.merge(other.router);
        self
    }

    /// The same routes, whose handlers have their state.
    pub fn with_state<S2>(self, state: S) -> RouteTable<S2> {
        RouteTable { router: self.router.with_state(state), routes: self.routes }
    }

    /// The router, to which nothing is added any more, and its routes.
    pub fn into_parts(self) -> (Router<S>, Vec<Route>) {
        (self.router, self.routes)
    }

    fn add(mut self, method: Method, path: &str, handler: MethodRouter<S>) -> Self {
        self.routes.push(Route { method, path: path.to_owned() });
        self.router = self.router.route(path, handler);
        self
    }
}

impl<S: Clone + Send + Sync + 'static> Default for RouteTable<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// The routes that Leptos makes of these pages, and of all server functions beside them.
pub fn of_leptos(pages: &[AxumRouteListing]) -> Vec<Route> {
    let pages = pages.iter().flat_map(|page| {
        let methods = page.methods().map(method);
        methods.map(|method| Route { method, path: page.path().to_owned() })
    });
    let functions = leptos::server_fn::axum::server_fn_paths();
    let functions = functions.map(|(path, method)| Route { method, path: path.to_owned() });
    pages.chain(functions).collect()
}

fn method(method: leptos_router::Method) -> Method {
    match method {
        leptos_router::Method::Get => Method::GET,
        leptos_router::Method::Post => Method::POST,
        leptos_router::Method::Put => Method::PUT,
        leptos_router::Method::Delete => Method::DELETE,
        leptos_router::Method::Patch => Method::PATCH,
    }
}
