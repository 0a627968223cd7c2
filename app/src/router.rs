//! From requests to pages and actions.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, users};
use leptos::prelude::provide_context;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list, render_app_async_with_context,
};
use std::sync::LazyLock;
use tower_sessions::Session;

use crate::act::{NOTICE, TOLD};
use crate::document::{App, document};
use crate::pages::Instead;
use crate::receipt::Told;
use crate::route_table::{Route, RouteTable, of_leptos};
use crate::session::{self, Presence, unreachable};
use crate::state::{Notice, State, Viewer};
use crate::{
    account, audit, channels, claims, invitations, isolation, keys, notices, organizations,
    password_reset, reps, routes, sign_in, team, theme, usage,
};

/// All pages, actions and server functions. Needs a session layer around it.
pub fn router(state: State) -> Router {
    let leptos = state.leptos.clone();
    let (actions, _) = actions().into_parts();
    actions
        .leptos_routes_with_context(&state, pages(), || {}, move || document(leptos.clone()))
        .fallback(not_found)
        .layer(from_fn_with_state(state.clone(), identify))
        .with_state(state)
}

/// [`all_routes`], once.
static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(all_routes);

/// The route, with names in braces for what varies, that answers there; none where no page and no form
/// is.
pub fn route_of(method: &Method, path: &str) -> Option<&'static str> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let all = || ROUTES.iter().filter(|route| route.method == *method);
    let literal = all().find(|route| route.path == path);
    let route = literal.or_else(|| all().find(|route| matches(&route.path, path)));
    route.map(|route| route.path.as_str())
}

/// Every route of [`router`], made of the same parts.
pub fn all_routes() -> Vec<Route> {
    let (_, mut routes) = actions().into_parts();
    routes.extend(of_leptos(&pages()));
    routes
}

/// Whether a browser may be sent there: to this dashboard, and not to where only forms are sent. What
/// is no address of ours has a page that says so.
pub fn is_page(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let literal = ROUTES.iter().any(|route| route.path == path);
    let mut found = ROUTES
        .iter()
        .filter(|route| if literal { route.path == path } else { matches(&route.path, path) });
    let is_known = found.clone().next().is_some();
    routes::is_local(address) && (!is_known || found.any(|route| route.method.is_safe()))
}

/// Whether the route's path, with names in braces for what varies, is that of this address.
fn matches(route: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (route.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == part || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

fn pages() -> Vec<AxumRouteListing> {
    generate_route_list(App)
}

/// What forms do, and downloads.
fn actions() -> RouteTable<State> {
    RouteTable::new()
        .post(routes::SIGN_IN, sign_in::actions::sign_in)
        .post(routes::SIGN_IN_CODE, sign_in::actions::enter_code)
        .post(routes::SIGN_OUT, sign_in::actions::sign_out)
        .post(routes::THEME, theme::choose)
        .merge(account::actions::router())
        .merge(account::second_factor_actions::router())
        .merge(organizations::actions::router())
        .merge(notices::actions::router())
        .merge(invitations::actions::router())
        .merge(password_reset::actions::router())
        .merge(team::actions::router())
        .merge(audit::download::router())
        .merge(usage::download::router())
        .merge(isolation::actions::router())
        .merge(reps::tenant::actions::router())
        .merge(channels::actions::router())
        .merge(keys::actions::router())
        .merge(reps::actions::router())
        .merge(claims::actions::router())
}

/// Renders the page of the request's address, with `context` added.
pub async fn render(
    state: &State,
    request: Request,
    context: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    let (shared, leptos) = (state.clone(), state.leptos.clone());
    let context = move || {
        provide_context(shared.clone());
        context();
    };
    render_app_async_with_context(context, move || document(leptos.clone()))(request)
        .await
        .into_response()
}

async fn not_found(Shared(state): Shared<State>, request: Request) -> Response {
    fail(&state, request, Error::NotFound).await
}

async fn fail(state: &State, request: Request, error: Error) -> Response {
    let instead = Instead::Error(error);
    render(state, request, move || provide_context(instead.clone())).await
}

/// Finds out who is signed in. Without anybody, all but the sign-in page leads there.
async fn identify(
    Shared(state): Shared<State>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let is_activity = is_activity(request.headers());
    // What a page asks for by itself, once it is there, shows no notice to anybody.
    let is_page = request.method().is_safe() && is_activity;
    match load(&state, &session, is_page, is_activity).await {
        Ok((Some(viewer), notice)) => {
            let (viewer, presence) = viewer;
            request.extensions_mut().insert(viewer);
            request.extensions_mut().insert(presence);
            notice.map(|notice| request.extensions_mut().insert(notice));
        }
        Ok((None, notice)) => {
            if !is_public(request.uri().path()) {
                return Redirect::to(&sign_in_address(&request)).into_response();
            }
            notice.map(|notice| request.extensions_mut().insert(notice));
        }
        Err(error) => {
            let (parts, _) = request.into_parts();
            return fail(&state, Request::from_parts(parts, Body::empty()), error).await;
        }
    }
    next.run(request).await
}

fn is_public(path: &str) -> bool {
    let beneath =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
    let open = [
        routes::SIGN_IN,
        routes::SIGN_IN_CODE,
        routes::SIGN_OUT,
        routes::THEME,
        routes::RESET,
        keys::FIRST_USE_QUESTION,
    ];
    open.contains(&path)
        || beneath(routes::INVITATIONS)
        || beneath(routes::RESET)
        || beneath(routes::CLAIMS)
}

/// A form cannot be sent again after signing in, so only pages are remembered.
fn sign_in_address(request: &Request) -> String {
    match request.uri().path_and_query() {
        Some(next) if request.method().is_safe() && next.as_str() != "/" => {
            routes::sign_in_then(next.as_str())
        }
        _ => routes::SIGN_IN.to_owned(),
    }
}

async fn load(
    state: &State,
    session: &Session,
    is_page: bool,
    is_activity: bool,
) -> Result<(Option<(Viewer, Presence)>, Option<Notice>), Error> {
    // First: a session that ends now leaves another one, for the next page.
    let notice = if is_page { notice(session).await.map_err(unreachable)? } else { None };
    let viewer = match session::presence(session).await? {
        Some(presence) => stay(state, session, presence, is_activity).await?,
        None => None,
    };
    Ok((viewer, notice.map(Notice)))
}

/// What was left for this page, which is the only one to say it.
async fn notice(session: &Session) -> Result<Option<Told>, tower_sessions::session::Error> {
    let told: Option<Told> = session.remove(TOLD).await?;
    let sentence: Option<String> = session.remove(NOTICE).await?;
    Ok(told.or(sentence.map(Told::from)))
}

/// Whoever is still signed in. A session that has been left alone ends.
async fn stay(
    state: &State,
    session: &Session,
    presence: Presence,
    is_activity: bool,
) -> Result<Option<(Viewer, Presence)>, Error> {
    let Some(user) = users::get::get(&state.backend, presence.signed_in).await? else {
        return Ok(None);
    };
    let idle_minutes = users::get::idle_minutes(&state.backend, user.id).await?;
    let now = state.backend.clock.now_ms();
    if presence.has_ended(now, idle_minutes) {
        session::end(session).await?;
        let notice = "You were signed out because you had been away, or signed in for long";
        session.insert(NOTICE, notice).await.map_err(unreachable)?;
        return Ok(None);
    }
    if is_activity {
        session::note_seen(session, presence, now).await?;
    }
    Ok(Some((Viewer(user), presence)))
}

/// Whether somebody is at work, rather than a page that was left open and asks by itself.
fn is_activity(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate")
}

#[cfg(test)]
mod tests {
    use super::{is_page, route_of};
    use axum::http::Method;

    #[test]
    fn an_address_is_known_by_its_route() {
        for (method, path, route) in [
            (Method::GET, "/", Some("/")),
            (Method::HEAD, "/st-mary/", Some("/{organization}")),
            (Method::GET, "/account", Some("/account")),
            (Method::POST, "/theme", Some("/theme")),
            (Method::POST, "/pkg/latchkey.css", None),
            (Method::GET, "/invitations/0f3a/nothing/there", None),
        ] {
            assert_eq!(route_of(&method, path), route, "{method} {path}");
        }
    }

    #[test]
    fn nobody_is_sent_to_where_only_forms_are() {
        let key = "/st-mary/settings/api-keys/0198c0de-0000-7000-8000-000000000000";
        for page in [
            "/",
            "/login",
            "/account",
            "/st-mary",
            "/st-mary/usage?range=7d",
            "/no/such/page",
            key,
            &format!("{key}/revoke"),
        ] {
            assert!(is_page(page), "{page}");
        }
        for other in [
            "/logout",
            "/logout/",
            "/theme?x=1",
            "https://evil.example",
            "//evil.example",
            &format!("{key}/enable"),
            "/rep/tenants/new",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }
}
