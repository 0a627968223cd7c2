//! The log: what was called, by whom, and how it ended.

use domain::access_log::gaps::gaps;
use domain::access_log::list::{Page, list};
use domain::access_log::{Kept, Settings, WhenFull};
use domain::keys::newest::{NamedKey, newest};
use domain::verification::Reason;
use leptos::prelude::*;
use uuid::Uuid;

use super::call_rows::rows;
use super::query::LogQuery;
use super::reasons::reason_text;
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Banner, Button, ButtonKind, Choice, Column, DataTable, EmptyState, FieldMessage, FilterBar,
    IconName, NewerOlder, PageHeader, Select, TextField, Tone, grouped_number,
};
use crate::{routes, when};

#[component]
pub fn LogPage() -> impl IntoView {
    organization_page(Section::AccessLog, |request, member| async move {
        let admin = member.admin()?;
        let backend = request.backend();
        let slug = admin.organization().slug.clone();
        let asked = request.query("request");
        if let Ok(id) = asked.trim().parse::<Uuid>() {
            leptos_axum::redirect(&routes::call(&slug, id));
        }
        let query = LogQuery::read(|name| request.query(name));
        let (filter, messages) = query.filter(&when::zone());
        let page = list(backend, &admin, &filter).await?;
        let missing = gaps(backend, &admin).await?;
        // Others are reached from their own pages.
        let keys = newest(backend, &admin).await?;
        let settings = backend.profiles.of(admin.organization())?.access_log;
        let (newer, older) = neighbours(&slug, &query, &page);
        let body = view! {
            <PageHeader title="Access log" subtitle=subtitle(settings) />
            {gap_banner(missing, settings)}
            {look_up(&slug, &asked)}
            {filters(&slug, &query, keys, &messages)}
            {table(&slug, page, query.is_narrow())}
            <NewerOlder newer older />
        };
        Ok(Content::new("Access log", body))
    })
}

fn subtitle(settings: Settings) -> String {
    let kept = match settings.calls {
        Kept::All => "Every call with a key of yours".to_owned(),
        Kept::Refused => "Every refused call with a key of yours".to_owned(),
        Kept::Sampled(of) => {
            format!("One accepted call in {of} with a key of yours, and every refused one")
        }
    };
    format!("{kept}. Neither queries nor bodies are kept.")
}

/// What is missing is said, never passed over.
fn gap_banner(missing: i64, settings: Settings) -> impl IntoView + use<> {
    let title = format!(
        "{} {} of the last 7 days could not be logged",
        grouped_number(missing.unsigned_abs()),
        if missing == 1 { "call" } else { "calls" }
    );
    let why = match settings.when_full {
        WhenFull::Shed => {
            "They came faster than they could be written. They were answered, and they count as usage."
        }
        WhenFull::Block => {
            "They came by a proxy, faster than they could be written. They count as usage."
        }
    };
    (missing > 0).then(|| view! { <Banner tone=Tone::Warning title>{why}</Banner> })
}

/// The way from an answer's `x-request-id` to its reason.
fn look_up(slug: &str, asked: &str) -> impl IntoView + use<> {
    let error = (!asked.trim().is_empty()).then(|| "This is no request id".to_owned());
    let value = asked.to_owned();
    view! {
        <FilterBar action=routes::access_log(slug)>
            <TextField
                label="Why was it refused? Request id"
                name="request"
                value=value
                error=error
                kind="search"
                autocomplete="off"
            />
            <Button kind=ButtonKind::Secondary icon=IconName::Search>
                "Look up"
            </Button>
        </FilterBar>
    }
}

fn filters(
    slug: &str,
    query: &LogQuery,
    keys: Vec<NamedKey>,
    messages: &[FieldMessage],
) -> impl IntoView + use<> {
    let mut known = vec![Choice::new("", "Any key")];
    known.extend(keys.into_iter().map(|key| Choice::new(key.id.to_string(), key.name)));
    if !query.key.is_empty() && !known.iter().any(|choice| choice.value == query.key) {
        known.push(Choice::new(query.key.clone(), "This key"));
    }
    let mut ways = vec![
        Choice::new("", "Any result"),
        Choice::new("accepted", "Accepted"),
        Choice::new("refused", "Refused"),
    ];
    // Calls without a known key belong to nobody's log.
    let logged = Reason::ALL
        .iter()
        .filter(|reason| !matches!(reason, Reason::Missing | Reason::Malformed | Reason::Unknown));
    ways.extend(
        logged.map(|reason| {
            Choice::new(reason.as_str(), format!("Refused: {}", reason_text(*reason)))
        }),
    );
    let error = |field: &str| {
        let message = messages.iter().find(|message| message.field == field);
        message.map(|message| message.message.clone())
    };
    let (ip_error, from_error, to_error) = (error("ip"), error("from"), error("to"));
    let LogQuery { key, ended, ip, from, to, .. } = query.clone();
    view! {
        <FilterBar action=routes::access_log(slug)>
            <Select label="Key" name="key" choices=known value=key />
            <Select label="Result" name="ended" choices=ways value=ended />
            <TextField label="IP address" name="ip" value=ip error=ip_error autocomplete="off" />
            <TextField label="From" name="from" value=from kind="date" error=from_error />
            <TextField label="To" name="to" value=to kind="date" error=to_error />
            <Button kind=ButtonKind::Secondary icon=IconName::Filter>
                "Filter"
            </Button>
        </FilterBar>
    }
}

fn table(slug: &str, page: Page, narrow: bool) -> AnyView {
    if page.calls.is_empty() {
        let all = routes::access_log(slug);
        return if narrow {
            view! {
                <EmptyState title="No call matches" icon=IconName::Search>
                    <a href=all>"Show all calls"</a>
                </EmptyState>
            }
            .into_any()
        } else {
            view! {
                <EmptyState title="No calls yet" icon=IconName::Activity>
                    "Calls of the API with your keys will be listed here a moment after they are answered."
                </EmptyState>
            }
            .into_any()
        };
    }
    let columns = vec![
        Column::new(when::column_heading()),
        Column::new("Request"),
        Column::new("Result"),
        Column::new("Status").numeric().secondary(),
        Column::new("Key").secondary(),
        Column::new("IP address").secondary(),
        Column::new("Took").numeric().secondary(),
    ];
    let rows = rows(slug, page.calls);
    view! {
        <DataTable caption="Calls" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}

/// The addresses of the pages around this one.
fn neighbours(slug: &str, query: &LogQuery, page: &Page) -> (Option<String>, Option<String>) {
    let at = |name, id: Uuid| routes::access_log_with(slug, &query.pairs_at(name, &id.to_string()));
    let newer = page.calls.first().filter(|_| page.has_newer);
    let older = page.calls.last().filter(|_| page.has_older);
    (
        newer.map(|call| at("after", call.request_id)),
        older.map(|call| at("before", call.request_id)),
    )
}
