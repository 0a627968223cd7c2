//! A road to PostgreSQL that can be cut, blocked, closed, and that can lose notifications.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use crate::support::Result;

/// The type bytes of PostgreSQL's messages that carry a notification, and a row.
const NOTIFICATION: u8 = b'A';
const ROW: u8 = b'D';
/// A type byte and a length, which counts itself but not the type.
const HEAD: usize = 5;
/// What only those say who write usage or the access log.
const WRITER: &[u8] = b"flush_ledger";
const COMMIT: &[u8] = b"COMMIT\0";

/// Listens on a port of its own and passes everything on to a socket.
pub struct Proxy {
    pub port: u16,
    road: Arc<Road>,
}

struct Road {
    socket: PathBuf,
    /// Raised to hang up every connection of the moment.
    generation: watch::Sender<u64>,
    /// While true, no byte moves in either direction.
    blocked: watch::Sender<bool>,
    /// While true, no row of an answer moves.
    holds_rows: watch::Sender<bool>,
    closed: AtomicBool,
    loses_notifications: AtomicBool,
    lost: AtomicU64,
    cuts_commits: AtomicBool,
    commits: AtomicU64,
    cut: AtomicU64,
}

/// What becomes of a writer's COMMIT.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    Passes,
    /// PostgreSQL never hears of it.
    IsLost,
    /// PostgreSQL commits, and nobody hears of that.
    IsNotAnswered,
}

impl Road {
    /// Of four, one passes: whatever is written gets there in the end.
    fn fate_of_commit(&self) -> Commit {
        if !self.cuts_commits.load(Ordering::Acquire) {
            return Commit::Passes;
        }
        let fate = match self.commits.fetch_add(1, Ordering::AcqRel) % 4 {
            0 | 2 => Commit::IsNotAnswered,
            1 => Commit::IsLost,
            _ => return Commit::Passes,
        };
        self.cut.fetch_add(1, Ordering::AcqRel);
        fate
    }
}

impl Proxy {
    /// To the PostgreSQL at this socket.
    pub async fn start(socket: PathBuf) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let road = Arc::new(Road {
            socket,
            generation: watch::Sender::new(0),
            blocked: watch::Sender::new(false),
            holds_rows: watch::Sender::new(false),
            closed: AtomicBool::new(false),
            loses_notifications: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            cuts_commits: AtomicBool::new(false),
            commits: AtomicU64::new(0),
            cut: AtomicU64::new(0),
        });
        let accepting = Arc::clone(&road);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // What arrives piece by piece must not wait for the one before to be noticed.
                let _ = client.set_nodelay(true);
                if !accepting.closed.load(Ordering::Acquire) {
                    tokio::spawn(pass(client, Arc::clone(&accepting)));
                }
            }
        });
        Ok(Self { port, road })
    }

    /// Hangs up on everybody.
    pub fn cut(&self) {
        self.road.generation.send_modify(|generation| *generation += 1);
    }

    /// Stops all bytes where they are, or lets them go on.
    pub fn block(&self, blocked: bool) {
        self.road.blocked.send_replace(blocked);
    }

    /// Stops the rows of answers where they are, or lets them go on.
    pub fn hold_rows(&self, hold: bool) {
        self.road.holds_rows.send_replace(hold);
    }

    /// Whether whoever comes new is hung up on.
    pub fn close(&self, closed: bool) {
        self.road.closed.store(closed, Ordering::Release);
    }

    pub fn lose_notifications(&self, lose: bool) {
        self.road.loses_notifications.store(lose, Ordering::Release);
    }

    /// Whether writers of usage and of the access log are hung up on at COMMIT: some before
    /// PostgreSQL has heard it, some before they have heard PostgreSQL.
    pub fn cut_commits(&self, cut: bool) {
        self.road.cuts_commits.store(cut, Ordering::Release);
    }

    /// How many commits were cut.
    pub fn commits_cut(&self) -> u64 {
        self.road.cut.load(Ordering::Acquire)
    }

    /// How many notifications were lost.
    pub fn lost(&self) -> u64 {
        self.road.lost.load(Ordering::Acquire)
    }
}

/// One connection's life.
async fn pass(client: TcpStream, road: Arc<Road>) {
    let mut generation = road.generation.subscribe();
    let Ok(server) = UnixStream::connect(&road.socket).await else { return };
    let ((client_in, client_out), (server_in, server_out)) =
        (client.into_split(), server.into_split());
    let deaf = AtomicBool::new(false);
    tokio::select! {
        _ = questions(client_in, server_out, &road, &deaf) => {}
        _ = answers(server_in, client_out, &road, &deaf) => {}
        _ = generation.changed() => {}
    }
}

/// From the client to PostgreSQL, as it comes.
async fn questions(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    road: &Road,
    deaf: &AtomicBool,
) -> Result {
    let (mut bytes, mut is_writer) = (vec![0; 16 * 1024], false);
    loop {
        let length = from.read(&mut bytes).await?;
        if length == 0 {
            return Ok(());
        }
        let sent = &bytes[..length];
        is_over(&road.blocked).await;
        is_writer |= contains(sent, WRITER);
        if is_writer && sent.ends_with(COMMIT) {
            match road.fate_of_commit() {
                Commit::Passes => {}
                Commit::IsLost => return Ok(()),
                Commit::IsNotAnswered => deaf.store(true, Ordering::Release),
            }
        }
        to.write_all(sent).await?;
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// From PostgreSQL to the client, message by message.
async fn answers(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    road: &Road,
    deaf: &AtomicBool,
) -> Result {
    let mut message = vec![0; HEAD];
    loop {
        message.truncate(HEAD);
        from.read_exact(&mut message).await?;
        let length = u32::from_be_bytes([message[1], message[2], message[3], message[4]]);
        message.resize(1 + usize::try_from(length)?, 0);
        from.read_exact(&mut message[HEAD..]).await?;
        is_over(&road.blocked).await;
        if deaf.load(Ordering::Acquire) {
            // It has committed, or it would not answer.
            return Ok(());
        }
        if message[0] == ROW {
            is_over(&road.holds_rows).await;
        }
        if message[0] == NOTIFICATION && road.loses_notifications.load(Ordering::Acquire) {
            road.lost.fetch_add(1, Ordering::AcqRel);
            continue;
        }
        to.write_all(&message).await?;
    }
}

async fn is_over(what: &watch::Sender<bool>) {
    // Fails only when the proxy is gone, and then so is the road.
    let _ = what.subscribe().wait_for(|is_so| !is_so).await;
}
