//! `latchkey tenants list`.

use clap::Args;
use domain::organizations::list::{PAGE_SIZE, Tenant, TenantFilter, list};
use serde_json::json;
use std::process::ExitCode;
use time::format_description::well_known::Rfc3339;

use super::output::print_table;
use crate::Result;
use crate::cli::output::print_line;
use crate::cli::reach::{Reached, Where};

/// List the organizations, newest first.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,

    /// Only those without an accepted call 7 days after they were provisioned.
    #[arg(long)]
    stuck: bool,

    /// Only those of this API profile.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    #[command(flatten)]
    place: Where,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let reached = arguments.place.reach().await?;
    let tenants = all(&arguments, &reached).await;
    let now = reached.backend.clock.now();
    reached.leave().await;
    let tenants = tenants?;
    if arguments.json {
        for tenant in &tenants {
            print_line(&as_json(tenant, now).to_string());
        }
    } else {
        print_table(&tenants, now);
    }
    Ok(ExitCode::SUCCESS)
}

/// Page by page.
async fn all(arguments: &Arguments, reached: &Reached) -> Result<Vec<Tenant>> {
    let mut tenants = Vec::new();
    let mut filter = TenantFilter {
        stuck: arguments.stuck,
        profile: arguments.profile.clone(),
        page: 1,
        ..TenantFilter::default()
    };
    loop {
        let (page, _) = list(&reached.backend, &reached.rep, &filter).await?;
        let last = i64::try_from(page.len()).unwrap_or(PAGE_SIZE) < PAGE_SIZE;
        tenants.extend(page);
        if last {
            return Ok(tenants);
        }
        filter.page += 1;
    }
}

fn as_json(tenant: &Tenant, now: time::OffsetDateTime) -> serde_json::Value {
    let time = |at: time::OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    json!({
        "id": tenant.id,
        "slug": tenant.slug,
        "name": tenant.name,
        "profile": tenant.profile,
        "external_id": tenant.external_id,
        "plan": tenant.plan,
        "environments": tenant.environments,
        "status": if tenant.suspended { "SUSPENDED" } else { "ACTIVE" },
        "approvals": tenant.approvals,
        "created_at": time(tenant.created_at),
        "first_call_at": tenant.first_call_at.map(time),
        "stuck": tenant.is_stuck(now),
    })
}
