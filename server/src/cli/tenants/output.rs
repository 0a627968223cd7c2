//! What these commands print.

use domain::organizations::list::Tenant;
use domain::tenants::HandOver;

use crate::cli::output::{print_columns, print_once};

/// The ids and the two links of each organization; `url` is what links begin with.
pub fn print_made(url: &str, made: &[HandOver]) {
    for made in made {
        let organization = &made.organization;
        let external_id = organization.external_id.as_deref().unwrap_or("none");
        print_once(&format!(
            "{}\n  tenant id    {}\n  external id  {external_id}\n  first owner  {}\n  \
             invitation   {url}{}\n  claim        {url}{}\n",
            organization.slug,
            organization.id,
            made.letter.email,
            app::routes::invitation(made.letter.token.expose()),
            app::routes::claim(made.claim.expose()),
        ));
    }
}

/// A line for each organization, in columns as wide as they need to be.
pub fn print_table(tenants: &[Tenant], now: time::OffsetDateTime) {
    let headings = ["SLUG", "API", "PLAN", "ENVIRONMENTS", "STATUS", "APPROVALS", "FIRST CALL"];
    let rows: Vec<[String; 7]> = std::iter::once(headings.map(str::to_owned))
        .chain(tenants.iter().map(|tenant| columns(tenant, now)))
        .collect();
    print_columns(&rows);
}

fn columns(tenant: &Tenant, now: time::OffsetDateTime) -> [String; 7] {
    let list = |names: Vec<&str>| if names.is_empty() { "-".to_owned() } else { names.join(",") };
    let first_call = match tenant.first_call_after() {
        Some(after) if after.whole_hours() < 1 => "within 1 h".to_owned(),
        Some(after) if after.whole_hours() < 48 => format!("after {} h", after.whole_hours()),
        Some(after) => format!("after {} d", after.whole_days()),
        None if tenant.is_stuck(now) => "STUCK".to_owned(),
        None => "none yet".to_owned(),
    };
    [
        tenant.slug.clone(),
        tenant.profile.clone(),
        tenant.plan.as_str().to_owned(),
        list(tenant.environments.iter().map(|environment| environment.as_str()).collect()),
        if tenant.suspended { "SUSPENDED" } else { "ACTIVE" }.to_owned(),
        list(tenant.approvals.iter().map(|gate| gate.as_str()).collect()),
        first_call,
    ]
}
