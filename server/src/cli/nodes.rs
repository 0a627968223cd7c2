//! `latchkey nodes`.

use clap::Args;
use domain::database::Pools;
use domain::nodes::list::{Node, list};
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::startup::Database;
use crate::{Failure, Result};

/// Lists the running programs that judge keys, and how far each has read. Ends with exit code 1
/// when one of them is gone or behind.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The data directory of `latchkey serve`, which may be running.
    #[arg(long, env = "LATCHKEY_DATA_DIR", default_value = ".latchkey", value_name = "DIRECTORY")]
    data_dir: PathBuf,

    /// The PostgreSQL that `latchkey serve` uses, if not the private one in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let url = arguments.database_url.as_deref().filter(|url| !url.is_empty());
    let database = Database::reach(&arguments.data_dir, url).await?;
    let pools = Pools::new(database.options(), database.sign_in());
    let nodes = list(&pools.validator).await;
    pools.close().await;
    database.stop().await;
    let nodes = nodes.map_err(Failure::from)?;
    // Output that nobody reads is no reason to fail.
    let _ = std::io::stdout().lock().write_all(describe(&nodes).as_bytes());
    let well = nodes.iter().all(|node| !node.is_gone() && node.behind == 0);
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn describe(nodes: &[Node]) -> String {
    if nodes.is_empty() {
        return "No node runs.\n".to_owned();
    }
    let wide = nodes.iter().map(|node| node.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for node in nodes {
        let state = match (node.is_gone(), node.behind) {
            (true, _) => format!("gone, last heard from {:.0} s ago", node.silent_s),
            (false, 0) => "in step".to_owned(),
            (false, behind) => format!("behind by {behind} changes"),
        };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{:wide$}  {:>9} keys  {state}", node.name, node.keys);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gone_and_the_late_are_told_from_the_rest() {
        let node = |name: &str, silent_s, behind| Node {
            id: uuid::Uuid::nil(),
            name: name.to_owned(),
            started_at: time::OffsetDateTime::UNIX_EPOCH,
            keys: 12,
            silent_s,
            behind,
        };
        assert_eq!(describe(&[]), "No node runs.\n");
        let nodes = [node("a", 0.2, 0), node("node b", 61.4, 3), node("c", 1.0, 2)];
        assert_eq!(
            describe(&nodes),
            "a              12 keys  in step\n\
             node b         12 keys  gone, last heard from 61 s ago\n\
             c              12 keys  behind by 2 changes\n"
        );
    }
}
