//! What the reps' forms do.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use domain::approvals::Gate;
use domain::approvals::record::{ApprovalForm, NewApproval, record};
use domain::approvals::withdraw::withdraw;
use domain::drafts::{self, Provisioned};
use domain::ids::DraftId;
use domain::organizations::correct::correct;
use domain::organizations::list::tenant;
use domain::tenants::{Step, TenantForm};
use domain::{Error, Result, Rule};

use super::hand_over_page::HandedOver;
use super::terms_page::TermsForm;
use crate::act::Act;
use crate::form::Form;
use crate::invitations::letter;
use crate::route_table::RouteTable;
use crate::routes;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    const DRAFT: &str = "/rep/tenants/new/{draft}";
    const TENANT: &str = "/rep/tenants/{slug}";
    RouteTable::new()
        .post(routes::NEW_TENANT, start_draft)
        .post(&format!("{DRAFT}/{{step}}"), save_step)
        .post(&format!("{DRAFT}/discard"), discard_draft)
        .post(&format!("{TENANT}/approvals/{{gate}}"), record_approval)
        .post(&format!("{TENANT}/approvals/{{gate}}/withdraw"), withdraw_approval)
        .post(&format!("{TENANT}/terms"), correct_terms)
}

async fn start_draft(act: Act) -> Response {
    let started = async {
        let rep = act.rep().await?;
        drafts::start(act.backend(), &rep).await
    };
    match started.await {
        Ok(id) => Redirect::to(&routes::draft_step(id, Step::Organization)).into_response(),
        Err(error) => act.fail(error).await,
    }
}

/// The last step's form has no fields: it provisions.
async fn save_step(
    act: Act,
    Path((draft, step)): Path<(String, String)>,
    Form(form): Form<TenantForm>,
) -> Response {
    let step = Step::named(&step);
    if step == Some(Step::Check) {
        return provision(act, &draft).await;
    }
    let saved = async {
        let rep = act.rep().await?;
        let (id, step): (DraftId, _) = (draft.parse()?, step.ok_or(Error::NotFound)?);
        let next = drafts::save(act.backend(), &rep, id, step, &form).await?;
        Ok::<_, Error>(routes::draft_step(id, next))
    };
    match saved.await {
        Ok(next) => Redirect::to(&next).into_response(),
        Err(error) => act.refuse(error, form).await,
    }
}

async fn provision(act: Act, draft: &str) -> Response {
    let provisioned = async {
        let rep = act.rep().await?;
        drafts::provision(act.backend(), &rep, draft.parse()?).await
    };
    match provisioned.await {
        Ok(provisioned) => {
            let mailed = match &provisioned {
                Provisioned::Now(made) => letter::send(&act.state, &made.letter).await,
                Provisioned::Before(_) => false,
            };
            act.hand_over(HandedOver { provisioned, mailed }).await
        }
        Err(error) => act.refuse(error, TenantForm::default()).await,
    }
}

async fn discard_draft(act: Act, Path(draft): Path<String>) -> Response {
    let discarded = async {
        let rep = act.rep().await?;
        drafts::discard(act.backend(), &rep, draft.parse()?).await
    };
    match discarded.await {
        Ok(()) => act.done(routes::TENANTS, "Draft discarded").await,
        Err(error) => act.fail(error).await,
    }
}

async fn record_approval(
    act: Act,
    Path((organization, gate)): Path<(String, String)>,
    Form(form): Form<ApprovalForm>,
) -> Response {
    let form = ApprovalForm { gate, ..form };
    let recorded = async {
        let rep = act.rep().await?;
        let new = NewApproval::parse(&form)?;
        record(act.backend(), &rep, &organization, &new).await?;
        Ok::<_, Error>(format!("{} recorded", new.gate.title()))
    };
    match recorded.await {
        Ok(notice) => act.done(&routes::tenant_approvals(&organization), &notice).await,
        Err(error) => act.refuse(error, form).await,
    }
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
struct WithdrawForm {
    seen: String,
}

async fn withdraw_approval(
    act: Act,
    Path((organization, gate)): Path<(String, String)>,
    Form(form): Form<WithdrawForm>,
) -> Response {
    let withdrawn = async {
        let rep = act.rep().await?;
        let gate = Gate::named(&gate).ok_or(Error::NotFound)?;
        let seen = form.seen.parse().map_err(|_| Error::invalid("seen", Rule::NotAChoice))?;
        withdraw(act.backend(), &rep, &organization, gate, seen).await?;
        Ok::<_, Error>(format!("{} withdrawn", gate.title()))
    };
    match withdrawn.await {
        Ok(notice) => act.done(&routes::tenant_approvals(&organization), &notice).await,
        Err(error) => act.fail(error).await,
    }
}

async fn correct_terms(
    act: Act,
    Path(organization): Path<String>,
    Form(form): Form<TermsForm>,
) -> Response {
    match try_correct(&act, &organization, &form).await {
        Ok(()) => act.done(routes::TENANTS, "Plan and ids saved").await,
        Err(error) => act.refuse(error, form).await,
    }
}

async fn try_correct(act: &Act, organization: &str, form: &TermsForm) -> Result<()> {
    let rep = act.rep().await?;
    let tenant = tenant(act.backend(), &rep, organization).await?;
    let profile = act.backend().profiles.get(&tenant.profile).ok_or(Error::NotFound)?;
    let (seen, terms) = (form.seen()?, form.terms(profile)?);
    correct(act.backend(), &rep, organization, &seen, &terms).await
}
