//! `latchkey keys list`.

use clap::Args;
use domain::keys::attention::Attention;
use domain::keys::list::{KeyFilter, KeyState, PAGE_SIZE, list_by_rep};
use domain::keys::{Key, KeyStatus};
use serde_json::json;
use std::process::ExitCode;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::Result;
use crate::cli::organization::Organization;
use crate::cli::output::{print_columns, print_line};
use crate::cli::reach::{Reached, Where};

/// List an organization's keys, newest first.
///
/// No command shows a key's text.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    organization: Organization,

    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,

    /// Only those that are `active`, `disabled`, `revoked`, `expired` or `channel_off`, or that stand for
    /// logins by password (`legacy_login`).
    #[arg(long, value_parser = state)]
    state: Option<KeyState>,

    /// Only those that need attention: `unused` for 90 days, `expiring` within 14 days, or
    /// `secretless`, accepted without a secret.
    #[arg(long, value_parser = attention)]
    attention: Option<Attention>,

    /// Only those with this in their name, or with these last four characters.
    #[arg(long, default_value = "", hide_default_value = true)]
    text: String,

    #[command(flatten)]
    place: Where,
}

fn state(name: &str) -> Result<KeyState, String> {
    KeyState::named(name).ok_or_else(|| {
        let known = KeyState::ALL.map(KeyState::as_str).join(", ");
        format!("there is no such state; known are {known}")
    })
}

fn attention(name: &str) -> Result<Attention, String> {
    Attention::named(name).ok_or_else(|| {
        let known = Attention::ALL.map(Attention::as_str).join(", ");
        format!("there is no such kind of attention; known are {known}")
    })
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let reached = arguments.place.reach().await?;
    let keys = all(&arguments, &reached).await;
    reached.leave().await;
    let keys = keys?;
    if arguments.json {
        for key in &keys {
            print_line(&as_json(key).to_string());
        }
    } else {
        let headings = ["ID", "NAME", "KEY", "CHANNEL", "STATUS", "EXPIRES", "REQUESTS IN 24 H"];
        let rows = std::iter::once(headings.map(str::to_owned)).chain(keys.iter().map(columns));
        print_columns(&rows.collect::<Vec<_>>());
    }
    Ok(ExitCode::SUCCESS)
}

/// Page by page.
async fn all(arguments: &Arguments, reached: &Reached) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    let mut filter = KeyFilter {
        state: arguments.state,
        attention: arguments.attention,
        text: arguments.text.clone(),
        page: 1,
        ..KeyFilter::default()
    };
    loop {
        let organization = &arguments.organization;
        let page = list_by_rep(&reached.backend, &reached.rep, &organization.slug, &filter);
        let (page, _) = page.await.map_err(|error| organization.failure(error))?;
        let last = i64::try_from(page.len()).unwrap_or(PAGE_SIZE) < PAGE_SIZE;
        keys.extend(page);
        if last {
            return Ok(keys);
        }
        filter.page += 1;
    }
}

fn status(key: &Key) -> &'static str {
    match key.status {
        KeyStatus::Revoked => "REVOKED",
        _ if key.expired => "EXPIRED",
        KeyStatus::Disabled => "DISABLED",
        KeyStatus::Active if key.screams_until.is_some() => "DISABLED",
        KeyStatus::Active if key.stopped_by_channel().is_some() => "CHANNEL OFF",
        KeyStatus::Active => "ACTIVE",
    }
}

fn columns(key: &Key) -> [String; 7] {
    let or = |text: Option<String>, none: &str| text.unwrap_or_else(|| none.to_owned());
    [
        key.id.to_string(),
        key.name.clone(),
        key.hint.clone(),
        or(key.channel.as_ref().map(|channel| channel.name.clone()), "-"),
        status(key).to_owned(),
        or(key.expires_at.map(|at| at.date().to_string()), "never"),
        key.requests_24h.to_string(),
    ]
}

fn as_json(key: &Key) -> serde_json::Value {
    let time = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    json!({
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "channel": key.channel.as_ref().map(|channel| &channel.name),
        "environment": key.environment,
        "access": key.access.as_str(),
        "scopes": key.listed,
        "networks": key.networks,
        "rate_limit": key.rate_limit,
        "status": status(key),
        "created_at": time(key.created_at),
        "expires_at": key.expires_at.map(time),
        "revoked_at": key.revoked_at.map(time),
        "revoked_reason": key.revoked_reason,
        "last_used_at": key.last_used_at.map(time),
        "requests_24h": key.requests_24h,
    })
}
