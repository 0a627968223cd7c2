//! The proof for owners: somebody else tries to get at their data.

use domain::isolation::Report;
use leptos::prelude::*;

use super::results::{table, verdict};
use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{Button, ButtonKind, IconName, PageHeader, PostButton};

#[component]
pub fn ProofPage() -> impl IntoView {
    let report = use_context::<Report>();
    organization_page(Section::AuditLog, |_, member| async move {
        let slug = member.owner()?.organization().slug.clone();
        let back = (routes::audit_log(&slug), "Audit log".to_owned());
        let body = view! {
            <PageHeader
                title="Isolation proof"
                subtitle="Another tenant tries to get at your organization's data, on every table."
                back
            />
            {report.as_ref().map(|report| view! { <div class="stack">{verdict(report)} {table(report)}</div> })}
            {forms(&slug, report.is_some())}
        };
        Ok(Content::new("Isolation proof", body))
    })
}

fn forms(slug: &str, again: bool) -> impl IntoView + use<> {
    let run = if again { "Run it again" } else { "Run the proof" };
    view! {
        <div class="stack">
            <p class="muted">
                "The attempts are made as the database role that these pages work as: reading your rows, reading without \
                 saying for whom, changing, deleting, writing in your name, and giving a row away. Each of them is undone. \
                 Besides, every table, view and role is looked up in the database's own catalog."
            </p>
            <PostButton
                action=routes::isolation(slug)
                label=run
                kind=ButtonKind::Primary
                icon=IconName::ShieldCheck
            />
            <form method="post" action=routes::isolation_json(slug)>
                <Button icon=IconName::Download>"Run it and download the results as JSON"</Button>
            </form>
        </div>
    }
}
