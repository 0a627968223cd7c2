//! `latchkey nodes`.

use clap::Args;
use domain::nodes::list::{Node, list};
use serde_json::{Value, json};
use std::process::ExitCode;
use time::format_description::well_known::Rfc3339;

use super::output::{print_columns, print_line};
use super::place::Place;
use crate::Result;

/// List the running programs that judge keys.
///
/// Says how far each has read, and ends with exit code 1 when one of them is gone or behind.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    place: Place,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let opened = arguments.place.open().await?;
    let nodes = list(&opened.pools.validator).await;
    opened.close().await;
    let nodes = nodes?;
    if arguments.json {
        for node in &nodes {
            print_line(&as_json(node).to_string());
        }
    } else {
        print_columns(&rows(&nodes));
    }
    let well = nodes.iter().all(|node| state(node) == State::InStep);
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rows(nodes: &[Node]) -> Vec<[String; 3]> {
    let headings = ["NODE", "KEYS", "STATE"].map(str::to_owned);
    let row = |node: &Node| {
        let state = match state(node) {
            State::Gone => format!("gone, last heard from {:.0} s ago", node.silent_s),
            State::Behind => format!("behind by {} changes", node.behind),
            State::InStep => "in step".to_owned(),
        };
        [node.name.clone(), node.keys.to_string(), state]
    };
    std::iter::once(headings).chain(nodes.iter().map(row)).collect()
}

fn as_json(node: &Node) -> Value {
    json!({
        "id": node.id,
        "name": node.name,
        "keys": node.keys,
        "state": state(node).as_str(),
        "behind": node.behind,
        "silent_s": node.silent_s,
        "started_at": node.started_at.format(&Rfc3339).unwrap_or_default(),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    InStep,
    Behind,
    Gone,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::InStep => "in_step",
            Self::Behind => "behind",
            Self::Gone => "gone",
        }
    }
}

fn state(node: &Node) -> State {
    match (node.is_gone(), node.behind) {
        (true, _) => State::Gone,
        (false, 0) => State::InStep,
        (false, _) => State::Behind,
    }
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
        assert_eq!(rows(&[]), [["NODE", "KEYS", "STATE"]]);
        let nodes = [node("a", 0.2, 0), node("node b", 61.4, 3), node("c", 1.0, 2)];
        assert_eq!(
            rows(&nodes)[1..],
            [
                ["a", "12", "in step"],
                ["node b", "12", "gone, last heard from 61 s ago"],
                ["c", "12", "behind by 2 changes"],
            ]
        );
        let gone = as_json(&nodes[1]);
        assert_eq!((&gone["state"], &gone["behind"]), (&json!("gone"), &json!(3)));
    }
}
