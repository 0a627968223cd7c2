//! Log lines, on standard error.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Which lines are wanted; see the documentation of `tracing_subscriber::EnvFilter`.
const VARIABLE: &str = "LATCHKEY_LOG";
/// PostgreSQL's notices only say that what is to be made is there already.
const DEFAULT: &str = "info,sqlx::postgres::notice=warn";

/// Writes log lines from here on. A second call changes nothing.
pub fn init() {
    let wanted = std::env::var(VARIABLE).unwrap_or_default();
    let wanted = if wanted.is_empty() { DEFAULT } else { &wanted };
    let filter = EnvFilter::try_new(wanted);
    let wrong = filter.is_err();
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new(DEFAULT)))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
    if wrong {
        tracing::warn!("{VARIABLE}={wanted} cannot be understood; logging {DEFAULT} instead");
    }
}
