//! Connections of one listener: a bounded number, none of which may hold its place by being slow.

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::HOST;
use axum::http::{StatusCode, Version};
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, Ready, ready};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::{Service, ServiceExt};

use crate::tls::{self, ByTls, Current};

/// How long the next request's head may take to arrive, from the moment at which the connection
/// is free for it. Proxies usually let go of an unused connection sooner (nginx after 60 s), so
/// that none sends a request just when we hang up.
const HEAD_PATIENCE: Duration = Duration::from_secs(75);
/// Connections of a listener at once, where the system allows as many; further ones wait to be
/// accepted.
const CONNECTIONS_MAX: usize = 4096;
/// How long to wait when the system has no room for another connection.
const NO_ROOM_PAUSE: Duration = Duration::from_millis(200);

/// Serves until told to stop, then until the requests under way are answered.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    tls: Option<Current>,
    mut stop: watch::Receiver<bool>,
) where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let slots = Arc::new(Semaphore::new(room()));
    let graceful = GracefulShutdown::new();
    // Owns the connections: dropped with this task, it ends them.
    let mut connections = JoinSet::new();
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            accepted = accepted => accepted,
            // An error means that nobody is left who could stop it later.
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Answers are small: they do not wait for company. Without it they only come later.
                let _ = stream.set_nodelay(true);
                let service = service.clone();
                // What goes wrong on a connection is the other side's to notice.
                if let Some(tls) = tls.clone() {
                    let (watcher, stop) = (graceful.watcher(), stop.clone());
                    connections.spawn(async move {
                        let _slot = slot;
                        let Some(stream) = handshake(stream, &tls, stop).await else { return };
                        let connection = connection(stream, peer, Some(ByTls), service);
                        let _ = watcher.watch(connection).await;
                    });
                } else {
                    let connection = graceful.watch(connection(stream, peer, None, service));
                    connections.spawn(async move {
                        let _slot = slot;
                        let _ = connection.await;
                    });
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(NO_ROOM_PAUSE).await;
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Of the files that this process may open, a quarter for each listener and one for all else. Asks
/// for as many as the system will give: many start programs with few.
fn room() -> usize {
    let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) else { return CONNECTIONS_MAX };
    // Refused only where the limits have changed meanwhile; what counts is read next.
    let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(most, |(now, _)| now);
    usize::try_from(files / 4).unwrap_or(CONNECTIONS_MAX).clamp(1, CONNECTIONS_MAX)
}

/// Refuses requests that name two hosts: what stands before us may have looked at the other one. Those
/// that name none are HTTP/1.0's alone (RFC 9112, section 3.2).
#[derive(Clone, Debug)]
struct OneHost<S>(S);

impl<S> Service<Request> for OneHost<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut hosts = request.headers().get_all(HOST).iter();
        let is_named = hosts.next().is_some() || request.version() < Version::HTTP_11;
        if is_named && hosts.next().is_none() {
            return Either::Left(self.0.call(request));
        }
        let refusal = (StatusCode::BAD_REQUEST, "A request has one Host field.\n");
        Either::Right(ready(Ok(refusal.into_response())))
    }
}

/// The encrypted connection. Who has not come that far when the listener stops, never will.
async fn handshake(
    stream: TcpStream,
    tls: &Current,
    mut stop: watch::Receiver<bool>,
) -> Option<tls::Begun> {
    tokio::select! {
        begun = tls::begin(stream, tls) => begun,
        _ = stop.wait_for(|stop| *stop) => None,
    }
}

/// One connection, and who is at its other end.
fn connection<S, C>(
    stream: C,
    peer: SocketAddr,
    by_tls: Option<ByTls>,
    service: S,
) -> impl GracefulConnection<Error = hyper::Error> + Send
where
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let service = OneHost(service).map_request(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        by_tls.map(|by_tls| request.extensions_mut().insert(by_tls));
        request
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        // Answers are small: copied behind their head, they cost the kernel one piece instead of two.
        .writev(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
}
