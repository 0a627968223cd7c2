//! `latchkey datastores list`.

use clap::Args;
use domain::datastores::list::{Health, Listed, list};
use domain::keys::Environment;
use serde_json::{Value, json};
use std::process::ExitCode;

use super::{Stores, leave};
use crate::Result;
use crate::cli::output::{print_columns, print_line};

/// So many organizations are named; of more, only the number is told.
const NAMED: usize = 3;

/// List the datastores.
///
/// Says whose documents have their place in each and whether it answers, and ends with exit code 1
/// when one of them does not. `own` is the program's own database.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    stores: Stores,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let reached = Box::pin(arguments.stores.reach()).await?;
    let all = list(&reached.backend, &reached.rep).await;
    Box::pin(leave(reached)).await;
    let all = all?;
    if arguments.json {
        for one in &all {
            print_line(&as_json(one).to_string());
        }
    } else {
        let headings = ["NAME", "API", "ENVIRONMENT", "HEALTH", "ORGANIZATIONS"];
        let headings = std::iter::once(headings.map(str::to_owned));
        print_columns(&headings.chain(all.iter().map(columns)).collect::<Vec<_>>());
    }
    let well = all.iter().all(|one| one.health == Health::Up);
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn health(one: &Listed) -> &'static str {
    match one.health {
        Health::Up => "up",
        Health::Down => "DOWN",
        Health::NotNamed => "NOT NAMED",
    }
}

fn columns(one: &Listed) -> [String; 5] {
    let reach = one.reach.as_ref();
    let environment = reach.and_then(|reach| reach.environment).map(Environment::as_str);
    let mut slugs: Vec<&str> = one.organizations.iter().map(|(slug, _)| slug.as_str()).collect();
    slugs.dedup();
    let organizations = match slugs.len() {
        0 => "-".to_owned(),
        count if count > NAMED => count.to_string(),
        _ => slugs.join(", "),
    };
    [
        one.name.clone(),
        reach.map_or("any", |reach| &reach.profile).to_owned(),
        environment.unwrap_or("any").to_owned(),
        health(one).to_owned(),
        organizations,
    ]
}

fn as_json(one: &Listed) -> Value {
    let reach = one.reach.as_ref();
    let organizations = one.organizations.iter();
    let organizations = organizations
        .map(|(slug, environment)| json!({ "slug": slug, "environment": environment }))
        .collect::<Vec<_>>();
    json!({
        "name": one.name,
        "profile": reach.map(|reach| &reach.profile),
        "environment": reach.and_then(|reach| reach.environment),
        "only_organization": reach.and_then(|reach| reach.organization.as_ref()),
        "only_moved": reach.is_some_and(|reach| reach.moved),
        "health": match one.health {
            Health::Up => "up",
            Health::Down => "down",
            Health::NotNamed => "not_named",
        },
        "organizations": organizations,
    })
}
