//! What was tried, and what the database said to it.

use domain::isolation::{Finding, Line, Report};
use leptos::prelude::*;

use crate::ui::{Banner, Cell, Column, DataTable, StatusTag, Tone};
use crate::when;

pub fn verdict(report: &Report) -> AnyView {
    let count = |finding| report.lines.iter().filter(|line| line.finding == finding).count();
    let (held, leaked, nothing) =
        (count(Finding::Held), count(Finding::Leak), count(Finding::NothingToTry));
    let text = format!(
        "{held} attempts and rules held, {leaked} did not, {nothing} had no row to be tried on. {}.",
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

pub fn table(report: &Report) -> impl IntoView + use<> {
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
