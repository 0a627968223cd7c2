//! An organization's usage: how much, how it ended, and what it is made of.

use domain::usage::Range;
use domain::usage::endpoints::{Span, endpoints};
use domain::usage::period::{Period, Unit};
use domain::usage::report::{By, GROUPS_MAX, Group, Report, Sums, begin};
use domain::verification::Reason;
use domain::zone::Zone;
use leptos::prelude::*;
use time::OffsetDateTime;

use super::bars::{bars, whole};
use super::endpoints_card::endpoints_card;
use super::label;
use super::query::{CUSTOM, UsageQuery};
use crate::pages::{Content, Section, growing_organization_page, later};
use crate::ui::{
    BarChart, Button, ButtonKind, Card, Cell, ChartTone, Choice, Column, DataTable, EmptyState,
    FieldMessage, FilterBar, IconName, LinkButton, PageHeader, Select, Series, Stat, StatRow,
    TextField, grouped_number,
};
use crate::{access_log, routes, when};

#[component]
pub fn UsagePage() -> impl IntoView {
    growing_organization_page(Section::Usage, |request, member| async move {
        let backend = request.backend();
        let (now, zone) = (backend.clock.now(), when::zone());
        let query = UsageQuery::read(|name| request.query(name));
        let (period, messages) = query.period(now, &zone);
        let (found, breakdown) = begin(backend, &member, &period).await?;
        let called = endpoints(backend, &member, &Span::of(&period)).await?;
        let slug = member.organization().slug.clone();
        let file = |kind| routes::usage_file(&slug, kind, &query.pairs());
        let (csv, json) = (file("csv"), file("json"));
        let filters = filters(&slug, &query, &messages);
        let stats = stats(found.sums, found.before);
        let (graph, reasons) = (graph(&period, &found, now, &zone), reasons(&found));
        let coarse = found.coarse.then(|| {
            view! {
                <p class="muted">
                    "Of a part of this time only whole hours, or days in UTC, are kept: their requests stand where these begin."
                </p>
            }
        });
        let (by, all) = (query.by(), found.sums.requests);
        let groups = later(breakdown.groups(by), move |found| groups(&slug, by, found, all));
        let body = view! {
            <PageHeader title="Usage" subtitle="Every request with a key of yours, counted once.">
                <LinkButton href=csv icon=IconName::Download>
                    "CSV"
                </LinkButton>
                <LinkButton href=json icon=IconName::Download>
                    "JSON"
                </LinkButton>
            </PageHeader>
            {filters}
            <Card>{stats}</Card>
            <Card>{graph} {coarse}</Card>
            {reasons}
            {endpoints_card(called)}
            {groups}
        };
        Ok(Content::new("Usage", body))
    })
}

fn filters(slug: &str, query: &UsageQuery, messages: &[FieldMessage]) -> impl IntoView + use<> {
    let mut ranges: Vec<_> = Range::ALL
        .map(|range| Choice::new(range.as_str(), format!("Last {}", label(range))))
        .into();
    ranges.push(Choice::new(CUSTOM, "Custom dates"));
    let range = query.range().map_or(CUSTOM, Range::as_str);
    let ways = By::ALL.map(|by| Choice::new(by.as_str(), by_text(by))).to_vec();
    let error = |field: &str| {
        let message = messages.iter().find(|message| message.field == field);
        message.map(|message| message.message.clone())
    };
    let (from_error, to_error) = (error("from"), error("to"));
    let (from, to, by) = (query.from.clone(), query.to.clone(), query.by().as_str());
    view! {
        <FilterBar action=routes::usage(slug)>
            <input type="hidden" name="was" value=range />
            <Select label="Period" name="range" choices=ranges value=range />
            <TextField label="From" name="from" value=from kind="date" error=from_error />
            <TextField label="To" name="to" value=to kind="date" error=to_error />
            <Select label="By" name="by" choices=ways value=by />
            <Button kind=ButtonKind::Secondary icon=IconName::Filter>
                "Show"
            </Button>
        </FilterBar>
    }
}

fn by_text(by: By) -> &'static str {
    match by {
        By::Key => "Key",
        By::Channel => "Channel",
    }
}

fn stats(sums: Sums, before: Sums) -> impl IntoView {
    let stat = |name: &'static str, now: i64, then: i64| {
        let detail = format!("{} in the period before{}", number(then), change(now, then));
        view! { <Stat label=name value=number(now) detail=detail /> }
    };
    view! {
        <StatRow>
            {stat("Requests", sums.requests, before.requests)}
            {stat("Refused", sums.refused, before.refused)}
            {stat("Over a limit", sums.rate_limited, before.rate_limited)}
        </StatRow>
    }
}

fn number(count: i64) -> String {
    grouped_number(count.unsigned_abs())
}

/// `, +12 %`; nothing where there was nothing.
pub(super) fn change(now: i64, then: i64) -> String {
    if then == 0 {
        return String::new();
    }
    let percent = (now - then).saturating_mul(100) / then;
    match percent {
        0 => ", about the same".to_owned(),
        // Whoever has just begun learns nothing from the percentage.
        1_000.. => ", over ten times as many".to_owned(),
        1.. => format!(", +{} %", number(percent)),
        _ => format!(", \u{2212}{} %", number(percent)),
    }
}

fn graph(
    period: &Period,
    found: &Report,
    now: OffsetDateTime,
    zone: &Zone,
) -> impl IntoView + use<> {
    let series = vec![
        Series { name: "Accepted".to_owned(), tone: ChartTone::One },
        Series { name: "Refused".to_owned(), tone: ChartTone::Two },
    ];
    let summary = format!(
        "{} requests from {} to {}, {} of them refused.",
        number(found.sums.requests),
        whole(period.start(), zone, period.unit),
        whole(end_shown(period, now), zone, period.unit),
        number(found.sums.refused),
    );
    view! {
        <BarChart
            title="Requests"
            summary
            unit="requests"
            zone=zone.name().to_owned()
            series
            buckets=bars(period, &found.buckets, now, zone)
        />
    }
}

/// The last moment that the sentence names: days are named by their first.
fn end_shown(period: &Period, now: OffsetDateTime) -> OffsetDateTime {
    match period.unit {
        Unit::Day => period.end() - time::Duration::HOUR,
        Unit::Minute | Unit::Hour => period.end().min(now),
    }
}

fn reasons(found: &Report) -> impl IntoView + use<> {
    let rows = found.reasons.iter().map(|(reason, requests)| {
        let text = Reason::named(reason).map_or("Something else", access_log::reason_text);
        let (count, share) = (number(*requests), share(*requests, found.sums.refused));
        view! {
            <tr>
                <Cell header=true>{text}</Cell>
                <Cell numeric=true>{count}</Cell>
                <Cell numeric=true secondary=true>
                    {share}
                </Cell>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let columns = vec![
        Column::new("Reason"),
        Column::new("Requests").numeric(),
        Column::new("Share").numeric().secondary(),
    ];
    (!found.reasons.is_empty()).then(|| {
        view! {
            <Card title="Refused">
                <DataTable caption="Refused requests by reason" columns>
                    {rows}
                </DataTable>
            </Card>
        }
    })
}

/// `12.5 %`.
fn share(part: i64, whole: i64) -> String {
    let thousandths = part.saturating_mul(1_000) / whole.max(1);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

fn groups(slug: &str, by: By, groups: Vec<Group>, all: i64) -> AnyView {
    if groups.is_empty() {
        return view! {
            <EmptyState title="No requests in this period" icon=IconName::Chart>
                "Requests are counted within a second or two."
            </EmptyState>
        }
        .into_any();
    }
    let is_long = i64::try_from(groups.len()).is_ok_and(|count| count >= GROUPS_MAX);
    let note = is_long.then(|| format!("The {GROUPS_MAX} busiest."));
    let rows = groups.into_iter().map(|group| row(slug, by, group, all)).collect_view();
    let columns = vec![
        Column::new(by_text(by)),
        Column::new("Requests").numeric(),
        Column::new("Refused").numeric(),
        Column::new("Share").numeric().secondary(),
    ];
    let title = format!("By {}", by.as_str());
    view! {
        <Card title=title.clone()>
            <DataTable caption=title columns>
                {rows}
            </DataTable>
            {note.map(|note| view! { <p class="muted">{note}</p> })}
        </Card>
    }
    .into_any()
}

fn row(slug: &str, by: By, group: Group, all: i64) -> impl IntoView + use<> {
    let name = match (group.id, group.name) {
        (None, _) => "No channel".into_any(),
        (Some(_), None) => "Deleted".into_any(),
        (Some(id), Some(name)) => {
            let href = match by {
                By::Key => routes::key(slug, id.into()),
                By::Channel => routes::channel(slug, id.into()),
            };
            view! { <a href=href>{name}</a> }.into_any()
        }
    };
    let requests = group.accepted + group.refused;
    view! {
        <tr>
            <Cell header=true>{name}</Cell>
            <Cell numeric=true>{number(requests)}</Cell>
            <Cell numeric=true>{number(group.refused)}</Cell>
            <Cell numeric=true secondary=true>
                {share(requests, all)}
            </Cell>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_as_people_say_them() {
        assert_eq!(change(10, 0), "");
        assert_eq!(change(1000, 1000), ", about the same");
        assert_eq!(change(15, 10), ", +50 %");
        assert_eq!(change(200, 10), ", over ten times as many");
        assert_eq!(change(5, 10), ", \u{2212}50 %");
        assert_eq!(share(1, 8), "12.5 %");
        assert_eq!(share(0, 0), "0.0 %");
    }
}
