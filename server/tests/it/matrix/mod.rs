//! Who may do what: every route, tried by everybody, with another tenant's ids too. `table.txt`
//! says what each of them gets. The routes are the router's own.

mod bad_input;
mod cross_site;
mod snapshot;
mod stage;
mod table;

use app::Route;
use std::fmt::Write;

use crate::support::http::Answer;
use crate::support::{Result, fail};
use snapshot::Snapshot;
use stage::{CALLERS, Stage};
use table::Row;

/// What leaves everything of everybody as it was.
const REFUSED: [&str; 9] = ["login", "back", "403", "404", "409", "422", "false", "null", "?"];
/// Forms that change nothing of an organization's, nor of a user's.
const IDLE: [&str; 10] = [
    "/login",
    "/logout",
    "/theme",
    // A draft is its rep's own, and no organization's yet.
    "/rep/tenants/new",
    "/reset",
    "/account/confirm",
    "/account/second-factor",
    "/api/",
    "/settings/isolation",
    "/rep/isolation",
];

/// All routes that the dashboard's listener has.
fn routes(stage: &Stage) -> Result<Vec<Route>> {
    let (_, files) = server::dashboard::files::routes(&stage.site)?.into_parts();
    Ok(app::all_routes().into_iter().chain(files).collect())
}

#[tokio::test]
async fn every_route_answers_everybody_as_the_table_says() -> Result {
    let mut stage = Stage::set().await?;
    let (routes, mut rows) = (routes(&stage)?, table::rows()?);
    let stale = rows.iter().filter(|row| !routes.iter().any(|route| row.is_of(route)));
    let stale: Vec<_> = stale.map(|row| format!("{} {}", row.method, row.path)).collect();
    let missing = routes.iter().filter(|route| !rows.iter().any(|row| row.is_of(route)));
    let missing: Vec<_> = missing.map(Row::unknown).collect();
    rows.retain(|row| routes.iter().any(|route| row.is_of(route)));

    let mut report = table::heading();
    let (mut complaints, mut additions) = (Vec::new(), String::new());
    for row in rows.iter().chain(&missing) {
        let outcomes = try_row(&mut stage, &routes, row, &mut complaints).await?;
        if row.expected.contains(&"?".to_owned()) {
            let _ = write!(additions, "\n{}", row.line(&outcomes));
        }
        let _ = write!(report, "\n{}", row.line(&marked(row, &outcomes)));
    }
    if stale.is_empty() && missing.is_empty() && complaints.is_empty() && additions.is_empty() {
        return Ok(());
    }
    eprintln!("{report}");
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    for route in &stale {
        eprintln!(
            "{route} is not routed any more: take it out of server/tests/it/matrix/table.txt"
        );
    }
    if !additions.is_empty() {
        eprintln!(
            "\nNot in the table yet. Add each line to server/tests/it/matrix/table.txt with what SHOULD come back; \
             beneath a POST, a valid form (see the others). This is what came back just now:{additions}"
        );
    }
    fail(format!(
        "{} complaints, {} missing, {} stale",
        complaints.len(),
        missing.len(),
        stale.len()
    ))
}

/// What comes, and what should have come where it differs.
fn marked(row: &Row, outcomes: &[String]) -> Vec<String> {
    let pairs = outcomes.iter().zip(&row.expected);
    let marked = pairs.map(|(came, expected)| {
        let right = came == expected || expected == "?";
        if right { came.clone() } else { format!("{came}≠{expected}") }
    });
    marked.collect()
}

/// Lets everybody try the row's route, and gives what came back.
async fn try_row(
    stage: &mut Stage,
    routes: &[Route],
    row: &Row,
    complaints: &mut Vec<String>,
) -> Result<Vec<String>> {
    let mut outcomes = Vec::with_capacity(CALLERS.len());
    for (place, caller) in CALLERS.into_iter().enumerate() {
        stage.reset().await?;
        let path = stage.fill(&address(routes, row), place).await?;
        let form = stage.fill(&row.form, place).await?;
        let before = pictures(stage).await?;
        let answer = stage.send(place, Stage::request(&row.method, &path, &form)).await?;
        let after = pictures(stage).await?;
        let outcome = outcome(&answer, &path, before != after);
        let mut complain = |what: String| {
            complaints.push(format!("{} {} as {caller}: {what}", row.method, row.path));
        };
        if outcome != row.expected[place] && row.expected[place] != "?" {
            complain(format!("{outcome} instead of {}", row.expected[place]));
        }
        if let Some(wrong) = wrong_change(row, caller, &outcome, &before, &after) {
            complain(wrong);
        }
        for wrong in wrong_headers(&answer, &path) {
            complain(wrong);
        }
        if row.path == "/logout" {
            stage.sign_in(place).await?;
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// The route's path as the router has it, with the table's names for what varies.
fn address(routes: &[Route], row: &Row) -> String {
    let route = routes.iter().find(|route| row.is_of(route));
    let hashed = route.filter(|route| route.path.starts_with("/api/"));
    let path = hashed.map_or(&row.path, |route| &route.path);
    path.replace("{*file}", "{file}")
}

/// All organizations, and the home alone.
async fn pictures(stage: &mut Stage) -> Result<(Snapshot, Snapshot)> {
    let everything = stage.camera.everything(&mut stage.owner).await?;
    Ok((everything, stage.camera.organization(&mut stage.owner, stage.home_id).await?))
}

/// The table's word for an answer.
fn outcome(answer: &Answer, path: &str, changed: bool) -> String {
    let location = answer.header("location").unwrap_or_default();
    let is_login = location.starts_with("/login") && path != "/login";
    match answer.status {
        303 | 302 if is_login => "login".to_owned(),
        303 | 302 if location == path && !changed => "back".to_owned(),
        303 | 302 => "go".to_owned(),
        200 if ["true", "false", "null"].contains(&answer.body.as_str()) => answer.body.clone(),
        200 => "ok".to_owned(),
        status => status.to_string(),
    }
}

/// Whether something changed that should not have, or did not change and should have.
fn wrong_change(
    row: &Row,
    caller: &str,
    outcome: &str,
    before: &(Snapshot, Snapshot),
    after: &(Snapshot, Snapshot),
) -> Option<String> {
    let changed = before.0.differences(&after.0);
    let idle = row.looks() || IDLE.iter().any(|path| row.path.contains(path));
    let refused = REFUSED.contains(&outcome) || outcome.parse::<u16>().is_ok();
    if (idle || refused) && !changed.is_empty() {
        return Some(format!("{outcome}, yet {changed:?} changed"));
    }
    let of_home = before.1.differences(&after.1);
    let foreign = match caller {
        "stranger" | "borrower" => true,
        "rep" => !row.path.starts_with("/rep/"),
        _ => false,
    };
    if foreign && !of_home.is_empty() {
        return Some(format!("{of_home:?} of an organization changed that is not theirs"));
    }
    if idle || refused {
        return None;
    }
    let events = |picture: &(Snapshot, Snapshot)| picture.0.rows("audit_events");
    match () {
        () if changed.is_empty() => Some(format!("{outcome}, yet nothing changed")),
        // Who belongs nowhere has no organization's log to stand in.
        () if events(after) == events(before) && caller != "rep" => {
            Some(format!("{changed:?} changed without an audit event"))
        }
        () => None,
    }
}

/// What every answer of the dashboard carries.
fn wrong_headers(answer: &Answer, path: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        if answer.header(name) != Some(value) {
            wrong.push(format!("{name} is {:?}", answer.header(name)));
        }
    }
    let is_file = path.starts_with("/pkg/") || path == "/favicon.svg";
    let kept = answer.header("cache-control");
    if !is_file && answer.status == 200 && kept != Some("no-store") {
        wrong.push(format!("cache-control is {kept:?}"));
    }
    let kind = answer.header("content-type").unwrap_or_default();
    if !kind.starts_with("text/html") {
        return wrong;
    }
    if kept != Some("no-store") {
        wrong.push(format!("cache-control of a page is {kept:?}"));
    }
    let policy = answer.header("content-security-policy").unwrap_or_default();
    let nonce = policy.split_once("script-src 'nonce-").and_then(|(_, rest)| rest.split_once('\''));
    let nonce = nonce.map(|(nonce, _)| nonce).unwrap_or_default();
    let whole =
        ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"];
    if nonce.len() < 16 || whole.iter().any(|part| !policy.contains(part)) {
        wrong.push(format!("the content security policy is {policy:?}"));
    }
    let scripts = answer.body.match_indices("<script").count();
    let ours = answer.body.matches(&format!("nonce=\"{nonce}\"")).count();
    if ours < scripts {
        wrong.push(format!("{scripts} scripts, of which {ours} carry the nonce"));
    }
    wrong
}
