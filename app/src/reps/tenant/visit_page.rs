//! The question before somebody of the vendor's staff enters a tenant.

use domain::organizations::list::tenant;
use domain::reps::visit::{VISIT, VisitForm};
use leptos::prelude::*;

use crate::pages::{Content, RepSection, rejected, rep_page};
use crate::routes;
use crate::ui::{Banner, ErrorSummary, FormEnd, IconName, PageHeader, SubmitOnce, TextField, Tone};

#[component]
pub fn VisitPage() -> impl IntoView {
    let (form, messages) = rejected::<VisitForm>();
    rep_page(RepSection::Tenants, move |request, rep| async move {
        let tenant = tenant(request.backend(), &rep, &request.text_param("slug")).await?;
        let (enter, back) = (routes::visit_tenant(&tenant.slug), routes::tenant(&tenant.slug));
        let cancel = back.clone();
        let title = format!("Enter {}", tenant.name);
        let minutes = VISIT.whole_minutes();
        let body = view! {
            <PageHeader title=title.clone() back=(back, tenant.name) />
            <ErrorSummary messages=messages.all() />
            <Banner tone=Tone::Info title=format!("You can look around for {minutes} minutes")>
                "You see what a viewer of theirs sees, and can change nothing. Their audit log names you, the reason \
                 and the time."
            </Banner>
            <form method="post" action=enter class="form stack">
                <SubmitOnce />
                <TextField
                    label="Reason"
                    name="reason"
                    value=form.reason
                    hint="For example the number of a ticket. Their owners and admins read it."
                    error=messages.of("reason")
                    autocomplete="off"
                    required=true
                />
                <FormEnd submit="Enter" icon=IconName::Eye back=cancel />
            </form>
        };
        Ok(Content::new(title, body))
    })
}
