//! The form that records what was signed.

use domain::Error;
use domain::approvals::Gate;
use domain::approvals::list::{Approval, list};
use domain::approvals::record::ApprovalForm;
use domain::organizations::list::tenant;
use leptos::prelude::*;

use crate::pages::{Content, Messages, RepSection, rejected, rep_page};
use crate::routes;
use crate::ui::{ErrorSummary, FormEnd, PageHeader, SubmitOnce, TextField};

#[component]
pub fn ApprovalPage() -> impl IntoView {
    let (sent, messages) = rejected::<ApprovalForm>();
    rep_page(RepSection::Tenants, move |request, rep| async move {
        let slug = request.text_param("slug");
        let gate = Gate::named(&request.text_param("gate")).ok_or(Error::NotFound)?;
        let tenant = tenant(request.backend(), &rep, &slug).await?;
        let approvals = list(request.backend(), &rep, &slug).await?;
        let known = approvals.into_iter().find(|approval| approval.gate == gate);
        let form = if messages.is_empty() { known.map(as_form).unwrap_or_default() } else { sent };
        let title = format!("{} of {}", gate.title(), tenant.name);
        let body = view! {
            <PageHeader
                title=gate.title()
                subtitle=tenant.name
                back=(routes::tenant_approvals(&slug), "Approvals".to_owned())
            />
            {fields(&slug, gate, form, &messages)}
        };
        Ok(Content::new(title, body))
    })
}

fn as_form(approval: Approval) -> ApprovalForm {
    ApprovalForm {
        gate: approval.gate.as_str().to_owned(),
        decided_on: approval.decided_on.to_string(),
        reference: approval.reference,
        signer: approval.signer,
        seen: approval.version.to_string(),
    }
}

fn fields(
    slug: &str,
    gate: Gate,
    form: ApprovalForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let cancel = routes::tenant_approvals(slug);
    view! {
        <ErrorSummary messages=messages.all() />
        <form
            method="post"
            action=routes::tenant_approval(slug, gate.as_str())
            class="form stack"
        >
            <SubmitOnce />
            <input type="hidden" name="seen" value=form.seen />
            <TextField
                label="Signed on"
                name="decided_on"
                value=form.decided_on
                kind="date"
                error=messages.of("decided_on")
                required=true
            />
            <TextField
                label="Reference"
                name="reference"
                value=form.reference
                hint="By which the paper is found, such as a contract's number."
                error=messages.of("reference")
                autocomplete="off"
                required=true
            />
            <TextField
                label="Signer"
                name="signer"
                value=form.signer
                error=messages.of("signer")
                autocomplete="off"
                required=true
            />
            <FormEnd submit="Record" back=cancel />
        </form>
    }
}
