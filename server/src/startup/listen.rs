//! Listeners: bound early, so that a port in use is found first; served late, when all is there.

use axum::extract::Request;
use axum::response::Response;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::Service;

use super::connections;
use crate::tls::Current;
use crate::{Failure, Result};

/// What a listener is called, and how its address is changed.
#[derive(Debug)]
pub struct Role {
    name: &'static str,
    flag: &'static str,
    variable: &'static str,
}

pub const DASHBOARD: Role =
    Role { name: "dashboard", flag: "--dashboard-addr", variable: "LATCHKEY_DASHBOARD_ADDR" };
pub const API: Role = Role { name: "API", flag: "--api-addr", variable: "LATCHKEY_API_ADDR" };
pub const INTERNAL: Role = Role {
    name: "internal endpoints",
    flag: "--internal-addr",
    variable: "LATCHKEY_INTERNAL_ADDR",
};

/// An address that is ours. Who connects waits until it is served.
#[derive(Debug)]
pub struct Bound {
    name: &'static str,
    addr: SocketAddr,
    listener: tokio::net::TcpListener,
}

impl Bound {
    /// Takes the address.
    pub fn new(addr: SocketAddr, role: &Role) -> Result<Self> {
        let bind = || {
            let listener = TcpListener::bind(addr)?;
            listener.set_nonblocking(true)?;
            let addr = listener.local_addr()?;
            Ok((addr, tokio::net::TcpListener::from_std(listener)?))
        };
        let (addr, listener) = bind().map_err(|error: std::io::Error| {
            Failure::new(format!(
                "the {} cannot listen on {addr}: {error}. Choose another address with {} or {}",
                role.name, role.flag, role.variable
            ))
        })?;
        Ok(Self { name: role.name, addr, listener })
    }

    /// The address, with its port even where any was asked for.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until told to stop; encrypted, where there is something to encrypt with.
    pub fn serve<S>(self, service: S, tls: Option<Current>) -> Listener
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(connections::serve(self.listener, service, tls, stopped));
        Listener { name: self.name, stop, task }
    }
}

/// A listener that serves.
#[derive(Debug)]
pub struct Listener {
    name: &'static str,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Lets nobody new in.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for requests under way, for as long as there is patience.
    pub async fn drained(self, patience: Duration) {
        let task = self.task.abort_handle();
        if tokio::time::timeout(patience, self.task).await.is_err() {
            task.abort();
            tracing::warn!("requests to the {} took too long to end; cut off", self.name);
        }
    }
}
