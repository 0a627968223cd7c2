//! How a connection begins: the handshake, and what is said to those who do not know of it.

use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Current;

/// How long a handshake may take: who dawdles does not keep the connection's place.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// How long somebody may take to hear that they are wrong here.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);
/// The first byte of every TLS connection: a record with a handshake in it.
const HANDSHAKE: u8 = 22;
/// What a browser, or curl, makes readable.
const FAREWELL: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 39\r\n\
    connection: close\r\n\r\nHTTPS is required: use https:// here.\r\n";

/// A connection that is ready for requests.
pub type Begun = TlsStream<TcpStream>;

/// The encrypted connection; none where the other side cannot have one.
pub async fn begin(stream: TcpStream, current: &Current) -> Option<Begun> {
    timeout(HANDSHAKE_PATIENCE, shake_hands(stream, current)).await.ok().flatten()
}

async fn shake_hands(stream: TcpStream, current: &Current) -> Option<Begun> {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] == HANDSHAKE => {
            let config = Arc::clone(&current.borrow());
            TlsAcceptor::from(config).accept(stream).await.ok()
        }
        Ok(1) if first[0].is_ascii_alphabetic() => {
            let _ = timeout(FAREWELL_PATIENCE, say_farewell(stream)).await;
            None
        }
        _ => None,
    }
}

/// Hung up on with bytes unread, the other side might lose the answer: so they are read.
async fn say_farewell(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(FAREWELL).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farewell_is_as_long_as_it_says() {
        let text = String::from_utf8_lossy(FAREWELL);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
