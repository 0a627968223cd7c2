//! Requests by many connections that are kept open, each waiting for its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::{Result, process};

pub const CONNECTIONS: usize = 32;
/// Of each round, after it has warmed up.
pub const SECONDS: u64 = 3;
const WARM_UP: Duration = Duration::from_millis(400);

/// One kind of request.
pub struct Case {
    pub name: &'static str,
    /// The place of the case that it is compared with.
    pub against: usize,
    pub status: u16,
    pub address: String,
    /// The server's process.
    pub pid: u32,
    pub request: String,
}

/// What one round has measured.
#[derive(Clone, Copy)]
pub struct Round {
    pub requests_per_second: f64,
    /// Of the server, in user and system mode.
    pub cpu_us_per_request: f64,
}

pub fn get(host: &str, path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n")
}

pub fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// One round of the case.
pub async fn run(case: &Case) -> Result<Round> {
    let (answered, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let connection = ask(
            case.address.clone(),
            case.request.clone(),
            case.status,
            Arc::clone(&answered),
            Arc::clone(&stop),
        );
        connections.spawn(connection);
    }
    tokio::time::sleep(WARM_UP).await;
    let snapshot = || -> Result<_> {
        Ok((Instant::now(), answered.load(Ordering::Relaxed), process::cpu_seconds(case.pid)?))
    };
    let (began, before, cpu_before) = snapshot()?;
    tokio::time::sleep(Duration::from_secs(SECONDS)).await;
    let (ended, after, cpu_after) = snapshot()?;
    stop.store(true, Ordering::Relaxed);
    while let Some(connection) = connections.join_next().await {
        connection??;
    }
    let requests = u32::try_from(after - before).map(f64::from)?;
    Ok(Round {
        requests_per_second: requests / (ended - began).as_secs_f64(),
        cpu_us_per_request: (cpu_after - cpu_before) * 1e6 / requests,
    })
}

async fn ask(
    address: String,
    request: String,
    status: u16,
    answered: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> Result<()> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let beginning = format!("HTTP/1.1 {status} ");
    let mut answer = first(&mut stream, &request).await?;
    while !stop.load(Ordering::Relaxed) {
        stream.write_all(request.as_bytes()).await?;
        // All answers are as long as the first.
        stream.read_exact(&mut answer).await?;
        if !answer.starts_with(beginning.as_bytes()) {
            return Err(format!("unexpected: {}", String::from_utf8_lossy(&answer)).into());
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Asks once and takes what comes, to learn how long answers are.
async fn first(stream: &mut TcpStream, request: &str) -> Result<Vec<u8>> {
    stream.write_all(request.as_bytes()).await?;
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    while !is_whole(&answer) {
        let length = stream.read(&mut piece).await?;
        if length == 0 {
            return Err("the server hung up".into());
        }
        answer.extend_from_slice(&piece[..length]);
    }
    Ok(answer)
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()) == Some(body.len())
}
