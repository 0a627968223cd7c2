//! Requests by many connections that are kept open, each waiting for its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::{Result, process};

pub const CONNECTIONS: usize = 32;
/// Before each round.
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
    /// Asked in turn; all answers have to be of one length.
    pub requests: Arc<Vec<String>>,
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

/// How fast all connections ask together.
#[derive(Clone, Copy, PartialEq)]
pub enum Pace {
    /// As fast as they are answered.
    Full,
    /// So often a second.
    PerSecond(u32),
}

impl Pace {
    /// How often each of so many connections asks.
    fn of_each(self, connections: usize) -> Duration {
        match self {
            Self::Full => Duration::ZERO,
            Self::PerSecond(times) => {
                Duration::from_secs(1) * u32::try_from(connections).unwrap_or(u32::MAX) / times
            }
        }
    }
}

/// Connections that ask until they are told to stop.
pub struct Load {
    answered: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    connections: JoinSet<Result<()>>,
}

impl Load {
    pub fn start(case: &Case, connections: usize) -> Self {
        Self::at(case, connections, Pace::Full)
    }

    pub fn at(case: &Case, connections: usize, pace: Pace) -> Self {
        let (answered, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let mut running = JoinSet::new();
        for number in 0..connections {
            let ask = Ask {
                address: case.address.clone(),
                requests: Arc::clone(&case.requests),
                // Each begins elsewhere.
                next: number * case.requests.len() / connections,
                status: case.status,
                every: pace.of_each(connections),
            };
            running.spawn(ask.until(Arc::clone(&answered), Arc::clone(&stop)));
        }
        Self { answered, stop, connections: running }
    }

    /// How many were answered.
    pub async fn end(mut self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(connection) = self.connections.join_next().await {
            connection??;
        }
        Ok(self.answered.load(Ordering::Relaxed))
    }
}

/// One round of the case.
pub async fn run(case: &Case, time: Duration) -> Result<Round> {
    process::until_quiet().await?;
    let load = Load::start(case, CONNECTIONS);
    tokio::time::sleep(WARM_UP).await;
    let snapshot = || -> Result<_> {
        Ok((Instant::now(), load.answered.load(Ordering::Relaxed), process::cpu_seconds(case.pid)?))
    };
    let (began, before, cpu_before) = snapshot()?;
    tokio::time::sleep(time).await;
    let (ended, after, cpu_after) = snapshot()?;
    load.end().await?;
    let requests = u32::try_from(after - before).map(f64::from)?;
    Ok(Round {
        requests_per_second: requests / (ended - began).as_secs_f64(),
        cpu_us_per_request: (cpu_after - cpu_before) * 1e6 / requests,
    })
}

/// One connection's work.
struct Ask {
    address: String,
    requests: Arc<Vec<String>>,
    next: usize,
    status: u16,
    every: Duration,
}

impl Ask {
    async fn until(mut self, answered: Arc<AtomicU64>, stop: Arc<AtomicBool>) -> Result<()> {
        let mut connection = Connection::open(&self.address).await?;
        let mut due = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            if !self.every.is_zero() {
                // Timers are coarser than that: what is overdue follows without a pause.
                tokio::time::sleep_until(due.into()).await;
                due += self.every;
            }
            let request = &self.requests[self.next % self.requests.len()];
            self.next += 1;
            connection.expect(request, self.status).await?;
            answered.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// A connection whose answers of one status are all of one length.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::new() })
    }

    pub async fn expect(&mut self, request: &str, status: u16) -> Result<()> {
        if self.answer.is_empty() {
            self.answer = first(&mut self.stream, request).await?;
        } else {
            self.stream.write_all(request.as_bytes()).await?;
            self.stream.read_exact(&mut self.answer).await?;
        }
        if status_of(&self.answer) == Some(status) {
            return Ok(());
        }
        Err(format!("not {status}: {}", String::from_utf8_lossy(&self.answer)).into())
    }

    /// Whatever the answer is: its status.
    pub async fn ask(&mut self, request: &str) -> Result<u16> {
        let answer = first(&mut self.stream, request).await?;
        status_of(&answer).ok_or_else(|| "no answer of HTTP".into())
    }
}

fn status_of(answer: &[u8]) -> Option<u16> {
    std::str::from_utf8(answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?).ok()?.parse().ok()
}

/// Asks once and takes what comes.
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
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(name, value)| name.eq_ignore_ascii_case("content-length").then_some(value));
    length.and_then(|length| length.parse().ok()) == Some(body.len())
}
