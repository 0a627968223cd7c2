//! TLS of a listener: which files it needs, how connections begin, and how new files are taken over.

mod begin;
mod connect;
mod files;
mod follow;

pub use begin::{Begun, begin};
pub use connect::connector;
pub use files::TlsFiles;
pub use follow::follow;

use rustls::ServerConfig;
use std::sync::Arc;
use tokio::sync::watch;

/// What the next connection is encrypted with: the files as they were when they were last good.
pub type Current = watch::Receiver<Arc<ServerConfig>>;

/// Stands beside a request that came encrypted to this program itself.
#[derive(Clone, Copy, Debug)]
pub struct ByTls;
