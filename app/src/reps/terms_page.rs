//! Correcting plan, environments and the vendor's number.

use domain::error::FieldErrors;
use domain::keys::Environment;
use domain::organizations::Plan;
use domain::organizations::correct::Terms;
use domain::organizations::list::tenant;
use domain::profiles::Profile;
use domain::{Error, Result, Rule};
use leptos::prelude::*;

use super::steps;
use crate::pages::{Content, Messages, RepSection, rejected, rep_page};
use crate::routes;
use crate::ui::{ErrorSummary, FormEnd, PageHeader, SubmitOnce, TextField};

/// The form's fields, as typed, and what they were when it was made.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TermsForm {
    plan: String,
    live: String,
    test: String,
    external_id: String,
    seen_plan: String,
    seen_environments: String,
    seen_external_id: String,
}

impl TermsForm {
    fn of(terms: &Terms) -> Self {
        let ticked = |environment: Environment| {
            if terms.environments.contains(&environment) {
                "true".to_owned()
            } else {
                String::new()
            }
        };
        let names: Vec<_> =
            terms.environments.iter().map(|environment| environment.as_str()).collect();
        Self {
            plan: terms.plan.as_str().to_owned(),
            live: ticked(Environment::Live),
            test: ticked(Environment::Test),
            external_id: terms.external_id.clone().unwrap_or_default(),
            seen_plan: terms.plan.as_str().to_owned(),
            seen_environments: names.join(","),
            seen_external_id: terms.external_id.clone().unwrap_or_default(),
        }
    }

    /// What the page showed when it was opened.
    pub fn seen(&self) -> Result<Terms> {
        let stale = || Error::Conflict("The page is too old: open it again.");
        let names = self.seen_environments.split(',');
        Ok(Terms {
            plan: Plan::named(&self.seen_plan).ok_or_else(stale)?,
            environments: names.filter_map(Environment::named).collect(),
            external_id: Some(self.seen_external_id.clone()).filter(|id| !id.is_empty()),
        })
    }

    /// What is asked for.
    pub fn terms(&self, profile: &Profile) -> Result<Terms> {
        let mut errors = FieldErrors::default();
        let plan = errors.check("plan", Plan::named(&self.plan).ok_or(Rule::NotAChoice));
        let ticked = (!self.live.is_empty(), !self.test.is_empty());
        let environments = errors.check("live", domain::tenants::environments(ticked, profile));
        // Where every tenant has a number, none is made unasked in place of the old one.
        let external_id = match self.external_id.trim() {
            "" if profile.tenant_id.is_some() => Err(Rule::Empty),
            text => domain::tenants::external_id(text, profile),
        };
        let external_id = errors.check("external_id", external_id);
        match (plan, environments, external_id) {
            (Some(plan), Some(environments), Some(external_id)) => {
                Ok(Terms { plan, environments, external_id })
            }
            _ => Err(errors.into_error()),
        }
    }
}

#[component]
pub fn TermsPage() -> impl IntoView {
    let (sent, messages) = rejected::<TermsForm>();
    rep_page(RepSection::Tenants, move |request, rep| async move {
        let slug = request.text_param("slug");
        let tenant = tenant(request.backend(), &rep, &slug).await?;
        let form = if messages.is_empty() { TermsForm::of(&Terms::of(&tenant)) } else { sent };
        let title = format!("Plan and ids of {}", tenant.name);
        let body = view! {
            <PageHeader
                title="Plan and ids"
                subtitle=tenant.name
                back=(routes::tenant_approvals(&slug), "Approvals".to_owned())
            />
            {fields(&slug, form, &messages)}
        };
        Ok(Content::new(title, body))
    })
}

fn fields(slug: &str, form: TermsForm, messages: &Messages) -> impl IntoView + use<> {
    let cancel = routes::tenant_approvals(slug);
    view! {
        <ErrorSummary messages=messages.all() />
        <form method="post" action=routes::tenant_terms(slug) class="form stack">
            <SubmitOnce />
            <input type="hidden" name="seen_plan" value=form.seen_plan />
            <input type="hidden" name="seen_environments" value=form.seen_environments />
            <input type="hidden" name="seen_external_id" value=form.seen_external_id />
            {steps::terms(form.plan, form.live, form.test, messages)}
            <TextField
                label="External tenant id"
                name="external_id"
                value=form.external_id
                hint="Programs that send the old one are refused from now on."
                error=messages.of("external_id")
                autocomplete="off"
            />
            <FormEnd submit="Save" back=cancel />
        </form>
    }
}
