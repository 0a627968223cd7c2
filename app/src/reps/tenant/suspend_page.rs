//! The question before a tenant is suspended or restored.

use domain::Error;
use domain::organizations::list::{Tenant, tenant};
use domain::organizations::story::{Traffic, traffic};
use domain::organizations::suspend::SuspensionForm;
use leptos::prelude::*;

use crate::pages::{Content, Messages, RepSection, rejected, rep_page};
use crate::routes;
use crate::ui::{
    Banner, Button, ButtonKind, Card, ErrorSummary, FormActions, IconName, LinkButton, PageHeader,
    Stat, StatRow, SubmitOnce, TextField, Tone, grouped_number,
};

/// `/suspend` and `/restore`: the same question about opposite things.
#[component]
pub fn SuspendPage(#[prop(optional)] restores: bool) -> impl IntoView {
    let (form, messages) = rejected::<SuspensionForm>();
    rep_page(RepSection::Tenants, move |request, rep| async move {
        let backend = request.backend();
        let tenant = tenant(backend, &rep, &request.text_param("slug")).await?;
        match (tenant.suspended, restores) {
            (true, false) => {
                return Err(Error::Conflict("This organization is suspended already."));
            }
            (false, true) => return Err(Error::Conflict("This organization is not suspended.")),
            _ => {}
        }
        let traffic = traffic(backend, &rep, &tenant).await?;
        let verb = if restores { "Restore" } else { "Suspend" };
        let title = format!("{verb} {}", tenant.name);
        let body = view! {
            <PageHeader
                title=title.clone()
                back=(routes::tenant(&tenant.slug), tenant.name.clone())
            />
            <ErrorSummary messages=messages.all() />
            {explanation(restores)}
            {effect(traffic)}
            {question(&tenant, restores, form, &messages)}
        };
        Ok(Content::new(title, body))
    })
}

fn explanation(restores: bool) -> impl IntoView {
    if restores {
        view! {
            <Banner tone=Tone::Info title="Its keys are accepted again at once">
                "Keys that are disabled, revoked or expired stay so."
            </Banner>
        }
    } else {
        view! {
            <Banner tone=Tone::Danger title="All of its keys are refused at once">
                "Its people can still sign in, and read the reason that you give. Restoring undoes this."
            </Banner>
        }
    }
}

fn effect(traffic: Traffic) -> impl IntoView {
    let number = |count: i64| grouped_number(count.unsigned_abs());
    let (keys, requests) = (number(traffic.active_keys), number(traffic.requests_24h));
    view! {
        <Card title="Who would notice">
            <StatRow>
                <Stat label="Active keys" value=keys />
                <Stat label="Requests in 24 h" value=requests />
            </StatRow>
        </Card>
    }
}

fn question(
    tenant: &Tenant,
    restores: bool,
    form: SuspensionForm,
    messages: &Messages,
) -> impl IntoView + use<> {
    let (action, kind, icon, verb) = if restores {
        (routes::restore_tenant(&tenant.slug), ButtonKind::Primary, IconName::Check, "Restore")
    } else {
        (routes::suspend_tenant(&tenant.slug), ButtonKind::Danger, IconName::Ban, "Suspend")
    };
    let keep = routes::tenant(&tenant.slug);
    view! {
        <form method="post" action=action class="form stack">
            <SubmitOnce />
            <TextField
                label="Reason"
                name="reason"
                value=form.reason
                hint="Its people read it, and it stands in their audit log."
                error=messages.of("reason")
                autocomplete="off"
                required=true
            />
            <TextField
                label=format!("Type {} to confirm", tenant.name)
                name="name"
                value=form.name
                error=messages.of("name")
                autocomplete="off"
                required=true
            />
            <FormActions>
                <LinkButton href=keep kind=ButtonKind::Secondary>
                    "Leave it as it is"
                </LinkButton>
                <Button kind=kind icon=icon>
                    {verb}
                </Button>
            </FormActions>
        </form>
    }
}
