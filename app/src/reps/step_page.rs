//! A step of provisioning: a page each, with what has been filled in before.

use domain::Error;
use domain::drafts::{Draft, get};
use domain::profiles::Profiles;
use domain::tenants::{Step, TenantForm};
use leptos::prelude::*;

use super::{check_page, steps};
use crate::pages::{Content, Messages, RepSection, Request, rejected, rep_page};
use crate::routes;
use crate::ui::{
    Banner, ButtonKind, ErrorSummary, FormActions, FormEnd, LinkButton, PageHeader, SubmitOnce,
};

#[component]
pub fn StepPage() -> impl IntoView {
    let (sent, messages) = rejected::<TenantForm>();
    rep_page(RepSection::Tenants, move |request, rep| async move {
        let step = Step::named(&request.text_param("step")).ok_or(Error::NotFound)?;
        let draft = get(request.backend(), &rep, request.param("draft")?).await?;
        if let Some(slug) = &draft.provisioned_as {
            return Ok(Content::new("Already provisioned", provisioned(slug)));
        }
        let mut form = draft.answers.clone();
        if !messages.is_empty() {
            form.take(step, &sent);
        }
        Ok(page(&request, &draft, step, form, &messages))
    })
}

fn page(
    request: &Request,
    draft: &Draft,
    step: Step,
    form: TenantForm,
    messages: &Messages,
) -> Content {
    let profiles = &request.backend().profiles;
    let title = format!("{} · New tenant", step.title());
    let head = header(draft, step, &form);
    let body = if step == Step::Check {
        view! { {head} {check_page::body(draft, profiles, messages)} }.into_any()
    } else {
        view! { {head} {form_of(draft, step, form, profiles, messages)} }.into_any()
    };
    Content::new(title, body)
}

/// Which step this is, and the way to the one before.
fn header(draft: &Draft, step: Step, form: &TenantForm) -> impl IntoView + use<> {
    let back = match step.previous() {
        Some(previous) => (routes::draft_step(draft.id, previous), previous.title().to_owned()),
        None => (routes::TENANTS.to_owned(), "Tenants".to_owned()),
    };
    let mut subtitle = format!("Step {} of {}", step.number(), Step::ALL.len());
    if !form.name.is_empty() && step != Step::Organization {
        subtitle = format!("{subtitle} · {}", form.name);
    }
    view! { <PageHeader title=step.title() subtitle back /> }
}

fn form_of(
    draft: &Draft,
    step: Step,
    form: TenantForm,
    profiles: &Profiles,
    messages: &Messages,
) -> impl IntoView + use<> {
    let fields = match step {
        Step::Organization => steps::organization(form, messages),
        Step::Plan => steps::plan(form, profiles, messages),
        Step::Approvals => steps::approvals(form, profiles, messages),
        Step::Admin | Step::Check => steps::admin(form, messages),
    };
    view! {
        <ErrorSummary messages=messages.all() />
        <form method="post" action=routes::draft_step(draft.id, step) class="form stack">
            <SubmitOnce />
            {fields}
            <FormEnd submit="Save and go on" back=routes::TENANTS leave="Go on later" />
        </form>
    }
}

fn provisioned(slug: &str) -> impl IntoView + use<> {
    let href = routes::tenants_with(&[("q", slug)]);
    view! {
        <PageHeader title="Already provisioned" back=(routes::TENANTS.to_owned(), "Tenants".to_owned()) />
        <Banner title="This draft has become an organization">
            "Nothing can be changed here any more. Its links were shown once, when it was made."
        </Banner>
        <FormActions>
            <LinkButton href=href kind=ButtonKind::Primary>
                "Show it in the list"
            </LinkButton>
        </FormActions>
    }
}
