//! The whole log: who changed what, from where, and whether it still says what was written.

use domain::audit::choices::{Choices, choices};
use domain::audit::list::{Page, list};
use domain::audit::verify::{Recent, recent};
use leptos::prelude::*;

use super::event_rows::{action_text, for_log, nameless};
use super::query::LogQuery;
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Banner, Button, ButtonKind, Choice, Column, DataTable, EmptyState, FieldMessage, FilterBar,
    IconName, LinkButton, NewerOlder, PageHeader, Select, StatusTag, TextField, Tone,
    grouped_number,
};
use crate::{routes, when};

/// Events that are checked for each look at the page: some milliseconds.
const CHECKED: i64 = 1_000;

#[component]
pub fn LogPage() -> impl IntoView {
    organization_page(Section::AuditLog, |request, member| async move {
        let admin = member.admin()?;
        let backend = request.backend();
        let query = LogQuery::read(|name| request.query(name));
        let (filter, messages) = query.filter();
        let page = list(backend, &admin, &filter).await?;
        let choices = choices(backend, &admin).await?;
        let checked = recent(backend, &admin, CHECKED).await?;
        let slug = admin.organization().slug.clone();
        let csv = routes::audit_log_csv(&slug, &query.pairs());
        let (newer, older) = neighbours(&slug, &query, &page);
        let body = view! {
            <PageHeader title="Audit log" subtitle="Every change, who made it, and from where.">
                <LinkButton href=csv icon=IconName::Download>
                    "Download CSV"
                </LinkButton>
            </PageHeader>
            {verdict(&checked)}
            {member
                .owner()
                .is_ok()
                .then(|| {
                    view! {
                        <p>
                            <a href=routes::isolation(&slug)>"Prove that no other tenant gets at your data"</a>
                        </p>
                    }
                })}
            {filters(&slug, &query, choices, &messages)}
            {table(&slug, page, query.is_narrow())}
            <NewerOlder newer older />
        };
        Ok(Content::new("Audit log", body))
    })
}

/// What the check says; nothing while there is nothing to check.
fn verdict(checked: &Recent) -> AnyView {
    let number = |seq: i64| grouped_number(seq.unsigned_abs());
    if let Some(damage) = &checked.damage {
        let found = format!(
            "{damage}. Nothing in Latchkey does this: somebody changed the database. The command \
             latchkey audit verify checks the whole log."
        );
        return view! {
            <Banner tone=Tone::Danger title="This log is not what was written">
                {found}
            </Banner>
        }
        .into_any();
    }
    if checked.verified == 0 {
        return ().into_any();
    }
    let text = if checked.from > 1 {
        format!("Chain verified from #{} up to #{}", number(checked.from), number(checked.verified))
    } else {
        format!("Chain verified up to #{}", number(checked.verified))
    };
    view! {
        <p>
            <StatusTag tone=Tone::Success text icon=IconName::ShieldCheck />
        </p>
    }
    .into_any()
}

fn filters(
    slug: &str,
    query: &LogQuery,
    choices: Choices,
    messages: &[FieldMessage],
) -> impl IntoView + use<> {
    let anybody = std::iter::once(Choice::new("", "Anybody"));
    let actors = choices.actors.into_iter().map(|actor| {
        let id = actor.id.to_string();
        let label = actor.name.unwrap_or_else(|| nameless(actor.kind, &id));
        Choice::new(id, label)
    });
    let anything = std::iter::once(Choice::new("", "Anything"));
    let actions = choices.actions.into_iter();
    let actions = actions.map(|action| Choice::new(action.clone(), action_text(&action)));
    let (actors, actions) = (anybody.chain(actors).collect(), anything.chain(actions).collect());
    let error = |field: &str| {
        let message = messages.iter().find(|message| message.field == field);
        message.map(|message| message.message.clone())
    };
    let (from_error, to_error) = (error("from"), error("to"));
    let LogQuery { actor, action, target, from, to, .. } = query.clone();
    view! {
        <FilterBar action=routes::audit_log(slug)>
            <Select label="Who" name="actor" choices=actors value=actor />
            <Select label="Action" name="action" choices=actions value=action />
            <TextField label="From" name="from" value=from kind="date" error=from_error />
            <TextField label="To" name="to" value=to kind="date" error=to_error />
            <TextField label="Name or id" name="target" value=target kind="search" autocomplete="off" />
            <Button kind=ButtonKind::Secondary icon=IconName::Filter>
                "Filter"
            </Button>
        </FilterBar>
    }
}

fn table(slug: &str, page: Page, narrow: bool) -> AnyView {
    if page.events.is_empty() {
        let all = routes::audit_log(slug);
        return if narrow {
            view! {
                <EmptyState title="No event matches" icon=IconName::Search>
                    <a href=all>"Show all events"</a>
                </EmptyState>
            }
            .into_any()
        } else {
            view! {
                <EmptyState title="No events yet" icon=IconName::Scroll>
                    "Whatever is changed in this organization will be listed here."
                </EmptyState>
            }
            .into_any()
        };
    }
    let columns = vec![
        Column::new(when::column_heading()),
        Column::new("Action"),
        Column::new("What"),
        Column::new("By").secondary(),
        Column::new("Change").secondary(),
        Column::new("IP address").secondary(),
        Column::new("Number").numeric().secondary(),
    ];
    let rows = for_log(slug, page.events);
    view! {
        <DataTable caption="Events" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}

/// The addresses of the pages around this one.
fn neighbours(slug: &str, query: &LogQuery, page: &Page) -> (Option<String>, Option<String>) {
    let at = |name, seq: i64| routes::audit_log_with(slug, &query.pairs_at(name, &seq.to_string()));
    let newer = page.events.first().filter(|_| page.has_newer).map(|event| at("after", event.seq));
    let older = page.events.last().filter(|_| page.has_older).map(|event| at("before", event.seq));
    (newer, older)
}
