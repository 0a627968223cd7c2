//! The server to compare with: the same framework, answers of the same size, and nothing else.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Child;
use tower::make::Shared;

use crate::{Result, process, report};

/// Tells this program to be the bare server.
pub const ARGUMENT: &str = "--bare-server";

/// As long as the document of the case that is compared with it.
pub const DOCUMENT: &str = r#"{"fields":[{"name":"event_id","data_type":"Utf8","nullable":false},{"name":"event_type","data_type":"Utf8","nullable":false},{"name":"ts_millis","data_type":"Int64","nullable":false},{"name":"resolved","data_type":"Boolean","nullable":true}]}"#;

#[derive(Deserialize)]
struct Question {
    key: String,
}

/// As many fields as an answer to `/verify`, of the same kinds.
#[derive(Serialize)]
struct Answer {
    valid: bool,
    key_id: &'static str,
    organization: &'static str,
    organization_id: &'static str,
    profile: &'static str,
    channel_id: &'static str,
    environment: &'static str,
    scopes: [&'static str; 1],
}

/// Serves until killed.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let unrouted = TcpListener::bind("127.0.0.1:0").await?;
    report::say(&listener.local_addr()?.to_string());
    report::say(&unrouted.local_addr()?.to_string());
    tokio::spawn(serve_without_router(unrouted));
    let router = Router::new().route("/get", get(document)).route("/post", post(answer));
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

/// One answer for everything: what the framework costs by itself. The API has no router either.
async fn serve_without_router(listener: TcpListener) -> std::io::Result<()> {
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let service = tower::service_fn(|_: Request| {
        let mut response = Response::new(Body::from(DOCUMENT));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        std::future::ready(Ok::<_, Infallible>(response))
    });
    axum::serve(listener, Shared::new(service)).await
}

async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT)
}

async fn answer(Json(question): Json<Question>) -> Json<Answer> {
    Json(Answer {
        valid: !question.key.is_empty(),
        key_id: "01a201bc-c2c3-76b8-b8f8-1d606e94e6b2",
        organization: "st-mary",
        organization_id: "01a201bc-c2a5-7396-99d5-d75c29042fa3",
        profile: "delphos",
        channel_id: "01a201bc-c2b2-73e4-af59-6cda11b25804",
        environment: "live",
        scopes: ["*"],
    })
}

/// The bare server in a process of its own.
pub struct Bare {
    child: Child,
    pub address: String,
    /// Of the part without a router.
    pub unrouted: String,
    pub pid: u32,
}

pub async fn start() -> Result<Bare> {
    let program = std::env::current_exe()?;
    let mut child = process::beside_the_load(&program.to_string_lossy())
        .arg(ARGUMENT)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let out = child.stdout.take().ok_or("no output")?;
    let mut lines = BufReader::new(out).lines();
    let address = lines.next_line().await?.ok_or("no address")?;
    let unrouted = lines.next_line().await?.ok_or("no address")?;
    let pid = child.id().ok_or("it has ended")?;
    Ok(Bare { child, address, unrouted, pid })
}

impl Bare {
    pub async fn end(&mut self) {
        // It keeps nothing.
        let _ = self.child.kill().await;
    }
}
