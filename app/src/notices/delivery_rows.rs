//! Deliveries as lines of a table.

use domain::ids::WebhookId;
use domain::notices::list::Line;
use domain::notices::{DeliveryStatus, Problem};
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::ui::{
    Button, ButtonKind, Cell, Column, DataTable, IconName, StatusTag, SubmitOnce, Tone,
};
use crate::{routes, when};

/// Of one webhook. `on`: whether it is switched on, so that things can be sent again.
pub fn of_webhook(
    slug: &str,
    webhook: WebhookId,
    on: bool,
    lines: Vec<Line>,
    now: OffsetDateTime,
) -> impl IntoView + use<> {
    let mut columns = vec![
        Column::new(when::column_heading()),
        Column::new("Event"),
        Column::new("Key").secondary(),
        Column::new("Status"),
        Column::new("Attempts").numeric().secondary(),
        Column::new("Answer").secondary(),
    ];
    if on {
        columns.push(Column::new("Action").name_hidden());
    }
    let row = |line: Line| {
        let again = on.then(|| {
            let over = line.status != DeliveryStatus::Waiting;
            let form = over.then(|| again_form(slug, webhook, &line));
            view! { <Cell>{form}</Cell> }
        });
        let (key, answer, next) = (key(slug, &line), answer(&line), next_note(&line, now));
        view! {
            <tr>
                <Cell>{when::column_view(line.at)}</Cell>
                <Cell header=true>{event(&line.event)}</Cell>
                <Cell secondary=true>{key}</Cell>
                <Cell>{status_tag(line.status)}</Cell>
                <Cell numeric=true secondary=true>
                    {line.attempts}
                </Cell>
                <Cell secondary=true>
                    {answer} {next}
                </Cell>
                {again}
            </tr>
        }
    };
    let rows = lines.into_iter().map(row).collect_view();
    view! {
        <DataTable caption="Deliveries" columns>
            {rows}
        </DataTable>
    }
}

/// The newest letters.
pub fn mails(lines: Vec<Line>, now: OffsetDateTime) -> impl IntoView {
    let columns = vec![
        Column::new(when::column_heading()),
        Column::new("To"),
        Column::new("Event").secondary(),
        Column::new("Key").secondary(),
        Column::new("Status"),
        Column::new("Next attempt").secondary(),
    ];
    let row = |line: Line| {
        let (next, name) = (next(&line, now), line.key.map(|(_, name)| name));
        let problem = line.problem.map(problem_text);
        view! {
            <tr>
                <Cell>{when::column_view(line.at)}</Cell>
                <Cell header=true>{line.email}</Cell>
                <Cell secondary=true>{line.event}</Cell>
                <Cell secondary=true>{name}</Cell>
                <Cell>
                    {status_tag(line.status)} " "
                    {problem}
                </Cell>
                <Cell secondary=true>{next}</Cell>
            </tr>
        }
    };
    let rows = lines.into_iter().map(row).collect_view();
    view! {
        <DataTable caption="Mails" columns>
            {rows}
        </DataTable>
    }
}

/// Where there is little room, it breaks at its dot.
fn event(name: &str) -> impl IntoView + use<> {
    let (subject, what) = name.split_once('.').unwrap_or(("", name));
    let subject = (!subject.is_empty()).then(|| format!("{subject}."));
    let what = what.to_owned();
    view! {
        {subject}
        <wbr />
        {what}
    }
}

fn key(slug: &str, line: &Line) -> AnyView {
    match &line.key {
        Some((id, name)) => view! { <a href=routes::key(slug, *id)>{name.clone()}</a> }.into_any(),
        None => "–".into_any(),
    }
}

fn status_tag(status: DeliveryStatus) -> impl IntoView {
    let (tone, text) = match status {
        DeliveryStatus::Waiting => (Tone::Info, "Waiting"),
        DeliveryStatus::Delivered => (Tone::Success, "Delivered"),
        DeliveryStatus::Failed => (Tone::Danger, "Given up"),
    };
    view! { <StatusTag tone text /> }
}

/// The status of the last answer, or why there was none.
fn answer(line: &Line) -> String {
    match (line.answer, line.problem) {
        (Some(status @ 300..=399), _) => format!("{status}: redirections are not followed"),
        (Some(status), _) => status.to_string(),
        (None, Some(problem)) => problem_text(problem).to_owned(),
        (None, None) => "–".to_owned(),
    }
}

fn problem_text(problem: Problem) -> &'static str {
    match problem {
        Problem::OutOfReach => "The host has no public address",
        Problem::NoConnection => "No connection",
        Problem::Tls => "The certificate was not accepted",
        Problem::Timeout => "No answer in time",
        Problem::NoHttp => "The answer was no HTTP",
        Problem::Mail => "The mail server did not take it",
        Problem::NoMail => "There is no mail server",
        Problem::NoRecipient => "No owner or admin any more",
        Problem::SwitchedOff => "The webhook was switched off",
    }
}

fn next(line: &Line, now: OffsetDateTime) -> AnyView {
    match line.status {
        DeliveryStatus::Waiting => when::left_view(line.next_at, now).into_any(),
        DeliveryStatus::Delivered | DeliveryStatus::Failed => "–".into_any(),
    }
}

/// The same beneath an answer.
fn next_note(line: &Line, now: OffsetDateTime) -> Option<impl IntoView + use<>> {
    (line.status == DeliveryStatus::Waiting).then(|| {
        let next = when::left_view(line.next_at, now);
        view! { <p class="muted table__note">"Next attempt " {next}</p> }
    })
}

fn again_form(slug: &str, webhook: WebhookId, line: &Line) -> impl IntoView + use<> {
    let action = routes::send_again(slug, webhook, line.id);
    let of = format!(" {} of {}", line.event, when::minute(line.at));
    view! {
        <form method="post" action=action>
            <SubmitOnce />
            <Button kind=ButtonKind::Quiet icon=IconName::Refresh>
                "Send again"
                <span class="visually-hidden">{of}</span>
            </Button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::DeliveryId;
    use time::macros::datetime;

    #[test]
    fn says_what_came_back() {
        let line = |answer, problem| Line {
            id: DeliveryId(uuid::Uuid::nil()),
            event: "key.revoked".to_owned(),
            at: datetime!(2026-03-01 10:30 UTC),
            key: None,
            email: None,
            status: DeliveryStatus::Waiting,
            attempts: 1,
            next_at: datetime!(2026-03-01 10:31 UTC),
            settled_at: None,
            answer,
            problem,
        };
        assert_eq!(answer(&line(Some(503), None)), "503");
        assert_eq!(answer(&line(Some(302), None)), "302: redirections are not followed");
        assert_eq!(answer(&line(None, Some(Problem::Timeout))), "No answer in time");
        assert_eq!(answer(&line(None, None)), "–");
    }
}
