//! The proof for the vendor's staff: any two tenants.

use domain::isolation::Report;
use domain::isolation::prove::PartiesForm;
use leptos::prelude::*;

use super::results::{table, verdict};
use crate::pages::{Content, RepSection, rejected, rep_page};
use crate::routes;
use crate::ui::{
    Button, ButtonKind, ErrorSummary, FormActions, IconName, PageHeader, SubmitOnce, TextField,
};

#[component]
pub fn RepProofPage() -> impl IntoView {
    let (form, messages) = rejected::<PartiesForm>();
    let report = use_context::<Report>();
    rep_page(RepSection::Isolation, move |_, _| async move {
        let results = report.as_ref().map(|report| {
            let who = format!("{} tried to get at the rows of {}.", report.intruder, report.owner);
            view! {
                <div class="stack">
                    {verdict(report)} <p>{who}</p> {table(report)}
                </div>
            }
        });
        let body = view! {
            <PageHeader
                title="Isolation proof"
                subtitle="One tenant tries to read, change, delete and take over another's rows, on every table. Every attempt is undone."
            />
            <ErrorSummary messages=messages.all() />
            {results}
            <form method="post" action=routes::REP_ISOLATION class="form stack">
                <SubmitOnce />
                <TextField
                    label="Who tries"
                    name="intruder"
                    value=form.intruder
                    hint="Its name in addresses, such as st-mary."
                    error=messages.of("intruder")
                    autocomplete="off"
                    required=true
                />
                <TextField
                    label="Whose rows are tried"
                    name="other"
                    value=form.other
                    error=messages.of("other")
                    autocomplete="off"
                    required=true
                />
                <FormActions>
                    <Button kind=ButtonKind::Primary icon=IconName::ShieldCheck>
                        "Run the proof"
                    </Button>
                </FormActions>
            </form>
        };
        Ok(Content::new("Isolation proof", body))
    })
}
