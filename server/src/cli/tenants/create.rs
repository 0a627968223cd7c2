//! `latchkey tenants create`.

use clap::Args;
use domain::tenants::TenantForm;
use domain::tenants::import::{check, import};
use std::process::ExitCode;

use super::output::print_made;
use crate::Result;
use crate::cli::links::Links;
use crate::cli::output::complain;
use crate::cli::reach::{Reached, Where};

/// Provision one organization.
///
/// Makes it, its approvals, the invitation of its first owner, and a link by which that owner makes
/// the first key. Prints the two links, once.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    links: Links,

    /// Only check; write nothing.
    #[arg(long)]
    dry_run: bool,

    /// What people call it.
    #[arg(long)]
    name: String,

    /// Its name in addresses; made from the name if left out.
    #[arg(long, default_value = "", hide_default_value = true)]
    slug: String,

    /// Its API, as `latchkey profiles list` names it.
    #[arg(long, value_name = "NAME")]
    profile: String,

    /// What it has bought: `sandbox`, `starter`, `pro`, `team` or `enterprise`.
    #[arg(long, default_value = "sandbox")]
    plan: String,

    /// `live`, `test`, or both with a space between.
    #[arg(long, default_value = "live")]
    environments: String,

    /// The vendor's own number for it.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "ID")]
    external_id: String,

    /// The first owner's e-mail address.
    #[arg(long)]
    email: String,

    /// Day, reference and signer of the partner approval.
    #[arg(long, num_args = 3, value_names = ["DAY", "REFERENCE", "SIGNER"])]
    partner_approval: Vec<String>,

    /// Day, reference and signer of the business associate agreement.
    #[arg(long, num_args = 3, value_names = ["DAY", "REFERENCE", "SIGNER"])]
    baa: Vec<String>,

    #[command(flatten)]
    place: Where,
}

/// Runs the command.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let reached = arguments.place.reach().await?;
    let outcome = create(&arguments, &reached).await;
    reached.leave().await;
    outcome
}

async fn create(arguments: &Arguments, reached: &Reached) -> Result<ExitCode> {
    let Reached { backend, rep, .. } = reached;
    let tenants = match check(backend, rep, &[(1, arguments.form())]).await? {
        Ok(tenants) => tenants,
        Err(broken) => {
            for broken in broken {
                complain(&format!("--{}: {}", flag(broken.error.field), broken.error.rule));
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    if arguments.dry_run {
        complain("1 organization can be provisioned. Nothing was written.");
        return Ok(ExitCode::SUCCESS);
    }
    let begin = arguments.links.begin(&backend.pools).await?;
    let made = import(backend, rep, &tenants).await?;
    print_made(&begin, &made);
    Ok(ExitCode::SUCCESS)
}

/// What the command line calls a field of the form.
fn flag(field: &'static str) -> &'static str {
    match field {
        "live" => "environments",
        "external_id" => "external-id",
        "partner_decided_on" | "partner_reference" | "partner_signer" => "partner-approval",
        "baa_decided_on" | "baa_reference" | "baa_signer" => "baa",
        field => field,
    }
}

impl Arguments {
    fn form(&self) -> TenantForm {
        let part = |signed: &[String], place: usize| signed.get(place).cloned().unwrap_or_default();
        let (live, test) = super::file::environments(&self.environments);
        TenantForm {
            name: self.name.clone(),
            slug: self.slug.clone(),
            profile: self.profile.clone(),
            plan: self.plan.clone(),
            live,
            test,
            external_id: self.external_id.clone(),
            partner_decided_on: part(&self.partner_approval, 0),
            partner_reference: part(&self.partner_approval, 1),
            partner_signer: part(&self.partner_approval, 2),
            baa_decided_on: part(&self.baa, 0),
            baa_reference: part(&self.baa, 1),
            baa_signer: part(&self.baa, 2),
            email: self.email.clone(),
        }
    }
}
