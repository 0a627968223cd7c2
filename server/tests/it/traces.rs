//! Traces, as a collector of OpenTelemetry gets them.

use domain::keys::Access;
use domain::members::Role;
use opentelemetry_proto::tonic::trace::v1::Span;
use server::traces::{Settings, Wanted};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

use crate::support::collector::{Collector, attribute};
use crate::support::database::TestDatabase;
use crate::support::directory::TestDirectory;
use crate::support::http::{get, post};
use crate::support::program::{Program, serve};
use crate::support::server::TestServer;
use crate::support::tenant::PASSWORD;
use crate::support::visitor::Visitor;
use crate::support::{Result, fail, until};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

async fn start(wanted: Wanted<'_>) -> Result<TestServer> {
    let settings = Settings::parse(wanted)?;
    TestServer::start_as(|config| config.traces = settings).await
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn find<'a>(spans: &'a [Span], name: &str) -> Result<&'a Span> {
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    let found = spans.iter().find(|span| span.name == name);
    found.ok_or_else(|| format!("no span {name:?} among {names:?}").into())
}

#[tokio::test]
async fn a_collector_sees_what_was_asked_and_no_secret() -> Result {
    let collector = Collector::start().await?;
    let headers = "authorization=Basic%20Y29sbGVjdG9y";
    let wanted = Wanted { endpoint: &collector.address, headers, ..Wanted::default() };
    let server = start(wanted).await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let visitor = Visitor::member(&server, &tenant, Role::Admin).await?;

    let parent = format!("00-{TRACE}-{SPAN}-01");
    let call = get("/v1/patients/5d0c3a1e-0000-4000-8000-0123456789ab?name=Lovelace")
        .host(&tenant.host())
        .key(&key.text)
        .header("user-agent", "an-agent-of-mine")
        .header("tracestate", "mine=state-of-mine")
        .header("traceparent", &parent);
    let answer = server.api(&call).await?;
    let request_id = answer.header("x-request-id").unwrap_or_default().to_owned();
    let body = r#"{"name":"Byron","date_of_birth":"1788-01-22"}"#;
    let made = post("/v1/patients", body).host(&tenant.host()).key(&key.text);
    server.api(&made.header("content-type", "application/json")).await?;
    let refused = get("/v1/patients").host(&tenant.host()).key("dph_live_not_a_key_of_ours");
    assert_eq!(server.api(&refused).await?.status, 401);
    let odd = get("/v1/a-path-of-mine").host(&tenant.host()).key(&key.text).method("METHODOFMINE");
    server.api(&odd).await?;
    let page = format!("/{}/settings/api-keys/{}?range=7d", tenant.slug, key.id);
    assert_eq!(visitor.get(&page).await?.status, 200);
    let question = format!(r#"{{"key":"{}"}}"#, key.text);
    assert_eq!(server.internal(&post("/verify", &question)).await?.status, 200);
    assert_eq!(server.internal(&get("/healthz")).await?.status, 200);
    // What is left is sent at the end.
    let slug = tenant.slug.clone();
    server.stop().await;

    let all = collector.spans()?;
    let spans: Vec<Span> = all.iter().map(|(span, _)| span.clone()).collect();
    let (_, program) = all.first().ok_or("nothing came")?;
    assert_eq!(attribute(program, "service.name").as_deref(), Some("latchkey"));
    assert_eq!(attribute(program, "service.instance.id").as_deref(), Some("test"));
    let version = attribute(program, "service.version");
    assert_eq!(version.as_deref(), Some(env!("CARGO_PKG_VERSION")));

    let of_call = find(&spans, "GET /v1/patients/{id}")?;
    assert_eq!(hex(&of_call.trace_id), TRACE);
    assert_eq!(hex(&of_call.parent_span_id), SPAN);
    assert_eq!(of_call.trace_state, "");
    let told = |span: &Span, name: &str| attribute(&span.attributes, name).unwrap_or_default();
    assert_eq!(told(of_call, "latchkey.profile"), "delphos");
    assert_eq!(told(of_call, "latchkey.outcome"), "accepted");
    assert_eq!(told(of_call, "http.route"), "/v1/patients/{id}");
    assert_eq!(told(of_call, "http.response.status_code"), answer.status.to_string());
    assert!(told(of_call, "latchkey.request_id") == request_id && !request_id.is_empty());
    let refused = spans.iter().find(|span| told(span, "latchkey.outcome") == "refused");
    let refused = refused.ok_or("no refusal")?;
    assert_eq!(refused.name, "GET /v1/patients");
    assert_eq!(told(refused, "http.response.status_code"), "401");
    assert!(["unknown", "malformed"].contains(&told(refused, "latchkey.reason").as_str()));
    assert!(refused.parent_span_id.is_empty());
    find(&spans, "_OTHER")?;
    find(&spans, "GET /{organization}/settings/api-keys/{key}")?;
    find(&spans, "POST /verify")?;
    find(&spans, "POST /login")?;
    let written = find(&spans, "write usage")?;
    assert!(written.end_time_unix_nano > written.start_time_unix_nano);
    find(&spans, "write access log")?;
    assert!(find(&spans, "GET /healthz").is_err(), "it comes by itself");

    let secrets = [
        key.text.as_str(),
        &key.secret,
        PASSWORD,
        "Lovelace",
        "Byron",
        "an-agent-of-mine",
        "state-of-mine",
        "a-path-of-mine",
        "METHODOFMINE",
        "5d0c3a1e-0000",
        "not_a_key_of_ours",
        "range=7d",
        "people.example",
        &slug,
        "Y29sbGVjdG9y",
    ];
    for (authorization, body) in collector.received() {
        assert_eq!(authorization.as_deref(), Some("Basic Y29sbGVjdG9y"));
        let text = String::from_utf8_lossy(&body);
        let found = secrets.iter().find(|secret| !secret.is_empty() && text.contains(**secret));
        assert!(found.is_none(), "{found:?} was sent");
    }
    Ok(())
}

#[tokio::test]
async fn only_a_share_leaves_traces_where_no_more_is_wanted() -> Result {
    let collector = Collector::start().await?;
    let wanted = Wanted { endpoint: &collector.address, fraction: "0", ..Wanted::default() };
    let server = start(wanted).await?;
    let tenant = server.tenant("delphos").await?;
    let key = tenant.key(Access::ReadWrite).await?;
    let call = get("/v1/patients").host(&tenant.host()).key(&key.text);
    assert_eq!(server.api(&call).await?.status, 200);
    let traced = call.header("traceparent", &format!("00-{TRACE}-{SPAN}-01"));
    assert_eq!(server.api(&traced).await?.status, 200);
    server.stop().await;
    let spans = collector.spans()?;
    let [(only, _)] = spans.as_slice() else { return fail(format!("not one: {spans:?}")) };
    assert_eq!(hex(&only.trace_id), TRACE, "whoever traces decides for their own calls");
    Ok(())
}

#[tokio::test]
async fn a_collector_that_takes_nothing_is_told_of_once() -> Result {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let refusing = tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let (database, directory) = (TestDatabase::make().await?, TestDirectory::make()?);
    let mut command = serve(&directory.join("data"), &directory.site()?);
    command.env("DATABASE_URL", database.url()).env("OTEL_EXPORTER_OTLP_ENDPOINT", &address);
    // The queue is full all the time.
    command.env("OTEL_BSP_SCHEDULE_DELAY", "50").env("OTEL_BSP_MAX_QUEUE_SIZE", "2");
    let mut program = Program::start(command, &directory.join("log")).await?;
    until("it was tried several times", Duration::from_secs(30), async || {
        assert_eq!(get("/v1/patients").send(&program.api).await?.status, 401);
        Ok(attempts.load(Ordering::Relaxed) > 3)
    })
    .await?;
    program.stop().await?;
    refusing.abort();
    let log = program.log()?;
    assert_eq!(log.matches("collector does not take spans").count(), 1, "{log}");
    Ok(())
}
