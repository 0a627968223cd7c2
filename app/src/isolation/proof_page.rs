//! What was tried, and what the database said to it.

use domain::isolation::{Finding, Line, Report};
use leptos::prelude::*;

use crate::pages::{Content, Section, organization_page};
use crate::routes;
use crate::ui::{
    Banner, Button, ButtonKind, Cell, Column, DataTable, IconName, PageHeader, StatusTag,
    SubmitOnce, Tone,
};
use crate::when;

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
            <form method="post" action=routes::isolation(slug)>
                <SubmitOnce />
                <Button kind=ButtonKind::Primary icon=IconName::ShieldCheck>{run}</Button>
            </form>
            <form method="post" action=routes::isolation_json(slug)>
                <Button icon=IconName::Download>"Run it and download the results as JSON"</Button>
            </form>
        </div>
    }
}

fn verdict(report: &Report) -> AnyView {
    let count = |finding| report.lines.iter().filter(|line| line.finding == finding).count();
    let (held, leaked, nothing) =
        (count(Finding::Held), count(Finding::Leak), count(Finding::NothingToTry));
    let text = format!(
        "{held} attempts and rules held, {leaked} did not, {nothing} had no row of yours to be tried on. {}.",
        when::minute(report.at)
    );
    if report.leaks() {
        view! {
            <Banner tone=Tone::Danger title="The database let something through">
                {text} " Tell whoever runs Latchkey at once."
            </Banner>
        }
        .into_any()
    } else {
        view! { <Banner tone=Tone::Success title="Nothing was let through">{text}</Banner> }
            .into_any()
    }
}

fn table(report: &Report) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Table, view or role"),
        Column::new("What was tried"),
        Column::new("Result"),
        Column::new("What the database said").secondary(),
    ];
    let rows = report.lines.iter().cloned().map(row).collect_view();
    view! { <DataTable caption="What was tried" columns>{rows}</DataTable> }
}

fn row(line: Line) -> impl IntoView {
    let (tone, text) = match line.finding {
        Finding::Held => (Tone::Success, "Held"),
        Finding::Leak => (Tone::Danger, "Leaked"),
        Finding::NothingToTry => (Tone::Neutral, "Nothing to try"),
    };
    view! {
        <tr>
            <Cell header=true>
                <code>{line.object}</code>
            </Cell>
            <Cell>{line.check.as_str()}</Cell>
            <Cell>
                <StatusTag tone text />
            </Cell>
            <Cell secondary=true>{line.detail}</Cell>
        </tr>
    }
}
