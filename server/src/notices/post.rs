//! One attempt at one webhook.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{HeaderValue, Method, Request};
use domain::notices::Problem;
use domain::webhooks::address::{Address, Reach};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::{Result, tls};

/// How long an attempt may take, from the name to the answer's head.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long each of a name's addresses may take to take the connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Of a name's addresses, so many are tried.
const ADDRESSES_MAX: usize = 4;
const AGENT: &str = concat!("Latchkey/", env!("CARGO_PKG_VERSION"));

/// What is sent.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    /// Seconds since 1970, when this attempt is made.
    pub timestamp: i64,
    /// One or more, with blanks between.
    pub signatures: String,
    pub body: String,
}

/// Makes a connection of its own for each attempt: what a name stands for is judged every time, and
/// the connection goes to the very address that was judged. Answers are not read beyond their head,
/// and redirections lead nowhere.
#[derive(Clone)]
pub struct Poster {
    tls: TlsConnector,
    reach: Reach,
}

impl Poster {
    /// Trusts the system's certificates.
    pub fn new(reach: Reach) -> Result<Self> {
        Ok(Self { tls: tls::connector()?, reach })
    }

    /// The status of the answer.
    pub async fn post(&self, address: &Address, message: Message) -> Result<u16, Problem> {
        let attempt = Box::pin(self.attempt(address, message));
        timeout(PATIENCE, attempt).await.map_err(|_| Problem::Timeout)?
    }

    async fn attempt(&self, address: &Address, message: Message) -> Result<u16, Problem> {
        let request = request(address, message).ok_or(Problem::NoHttp)?;
        let stream = self.connect(address).await?;
        if !address.is_tls() {
            return exchange(stream, request).await;
        }
        let name = ServerName::try_from(address.bare_host().to_owned());
        let name = name.map_err(|_| Problem::Tls)?;
        let stream = self.tls.connect(name, stream).await.map_err(|_| Problem::Tls)?;
        exchange(stream, request).await
    }

    async fn connect(&self, address: &Address) -> Result<TcpStream, Problem> {
        // A name that is nobody's and one of a private network are told alike: else whoever types
        // addresses in would learn the names that only this server knows.
        let found = lookup_host((address.bare_host(), address.port())).await;
        let found: Vec<SocketAddr> = found.map_err(|_| Problem::OutOfReach)?.collect();
        let open = found.iter().filter(|one| self.may_reach(address, one));
        let mut problem = Problem::OutOfReach;
        for one in open.take(ADDRESSES_MAX) {
            match timeout(CONNECT_PATIENCE, TcpStream::connect(one)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(_)) => problem = Problem::NoConnection,
                Err(_) => problem = Problem::Timeout,
            }
        }
        Err(problem)
    }

    /// What is not encrypted stays on this machine.
    fn may_reach(&self, address: &Address, found: &SocketAddr) -> bool {
        let ip = found.ip().to_canonical();
        self.reach.allows(ip) && (address.is_tls() || ip.is_loopback())
    }
}

fn request(address: &Address, message: Message) -> Option<Request<Body>> {
    let value = |text: &str| HeaderValue::from_str(text).ok();
    Request::builder()
        .method(Method::POST)
        .uri(address.path_and_query())
        .header(HOST, value(address.authority())?)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, AGENT)
        .header("webhook-id", value(&message.id)?)
        .header("webhook-timestamp", message.timestamp)
        .header("webhook-signature", value(&message.signatures)?)
        .body(Body::from(message.body))
        .ok()
}

/// Sends the request and waits for the answer's head.
async fn exchange<S>(stream: S, request: Request<Body>) -> Result<u16, Problem>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connected = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.map_err(|_| Problem::NoHttp)?;
    let mut answer = pin!(sender.send_request(request));
    let answer = tokio::select! {
        answer = &mut answer => answer,
        // It may end with the answer as its last word.
        _ = connection => answer.await,
    };
    answer.map(|answer| answer.status().as_u16()).map_err(|_| Problem::NoHttp)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name may stand for something else by now than when the webhook was added.
    #[tokio::test]
    async fn where_a_name_leads_is_judged_when_it_is_called()
    -> Result<(), Box<dyn std::error::Error>> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let open = Reach::new(vec!["127.0.0.0/8".parse()?, "::1/128".parse()?]);
        let url = format!("https://localhost:{}/", listener.local_addr()?.port());
        let address = Address::parse(&url, &open)?;
        let message = || Message {
            id: "msg_1".to_owned(),
            timestamp: 0,
            signatures: "v1,x".to_owned(),
            body: "{}".to_owned(),
        };
        let closed = Poster::new(Reach::default())?;
        assert_eq!(closed.post(&address, message()).await, Err(Problem::OutOfReach));
        // Who hangs up in the middle speaks no TLS.
        let hang_up = tokio::spawn(async move { listener.accept().await.map(drop) });
        assert_eq!(Poster::new(open)?.post(&address, message()).await, Err(Problem::Tls));
        hang_up.await??;
        Ok(())
    }
}
