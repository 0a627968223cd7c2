//! A private PostgreSQL: the machine's own programs on a directory of ours, reachable by a socket
//! and not by network. Nothing has to be set up.

mod account;
mod cluster;
mod leftover;
mod process;
mod programs;
pub mod running;
mod socket;

pub use cluster::{Cluster, Durability};
pub use process::Postgres;

/// Who owns everything in it; takes part in nothing but migrations.
pub const OWNER: &str = "latchkey";
/// The one database that is used.
pub const DATABASE: &str = "latchkey";
