//! Log lines, on standard error.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Which lines are wanted; see the documentation of `tracing_subscriber::EnvFilter`.
const VARIABLE: &str = "LATCHKEY_LOG";
/// PostgreSQL's notices only say that what is to be made is there already.
const DEFAULT: &str = "info,sqlx::postgres::notice=warn";

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object a line, for programs that gather logs.
    Json,
}

/// Writes log lines from here on. A second call changes nothing.
pub fn init(format: LogFormat) {
    let wanted = std::env::var(VARIABLE).unwrap_or_default();
    let wanted = if wanted.is_empty() { DEFAULT } else { &wanted };
    let filter = EnvFilter::try_new(wanted);
    let wrong = filter.is_err();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new(DEFAULT)))
        .with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).try_init(),
    };
    if wrong {
        tracing::warn!("{VARIABLE}={wanted} cannot be understood; logging {DEFAULT} instead");
    }
}
