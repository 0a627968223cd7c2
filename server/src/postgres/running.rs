//! Finding the private PostgreSQL that another process of ours has started.

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::path::Path;

use super::{DATABASE, OWNER};

/// How its owner reaches the one that runs on the files below `home`; `None` when none does. Its
/// own pid file says where its socket is.
pub fn find(home: &Path) -> Option<PgConnectOptions> {
    let text = std::fs::read_to_string(home.join("cluster").join("postmaster.pid")).ok()?;
    let (port, socket) = port_and_socket(&text)?;
    Some(
        PgConnectOptions::new_without_pgpass()
            .socket(socket)
            .port(port)
            .username(OWNER)
            .database(DATABASE)
            .ssl_mode(PgSslMode::Disable),
    )
}

/// Lines: process, files, time of the start, port, directory of the socket, addresses.
fn port_and_socket(text: &str) -> Option<(u16, &str)> {
    let mut lines = text.lines().skip(3).map(str::trim);
    let port = lines.next()?.parse().ok()?;
    let socket = lines.next().filter(|socket| socket.starts_with('/'))?;
    Some((port, socket))
}

#[cfg(test)]
mod tests {
    use super::port_and_socket;

    #[test]
    fn reads_the_pid_file() {
        let text =
            "4711\n/d/postgres/cluster\n1772361000\n5432\n/d/postgres/socket\n\n  5 6\nready   \n";
        assert_eq!(port_and_socket(text), Some((5432, "/d/postgres/socket")));
        // As it is for a moment at the start.
        assert_eq!(port_and_socket("4711\n/d/postgres/cluster\n1772361000\n5432\n"), None);
        assert_eq!(port_and_socket(""), None);
    }
}
