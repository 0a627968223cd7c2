//! Endpoints as a table.

use domain::usage::endpoints::{EndpointUse, Latency};
use leptos::prelude::*;

use super::usage_page::change;
use crate::ui::{Card, Cell, Column, DataTable, grouped_number};

/// Which endpoints are called and how long they take; nothing where none is.
pub fn endpoints_card(endpoints: Vec<EndpointUse>) -> Option<AnyView> {
    if endpoints.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new("Endpoint"),
        Column::new("Requests").numeric(),
        Column::new("Period before").numeric().secondary(),
        Column::new("Refused").numeric().secondary(),
        Column::new("Median (p50)").numeric().secondary(),
        Column::new("p95").numeric(),
        Column::new("Answers").numeric().secondary(),
    ];
    let rows = endpoints.into_iter().map(row).collect_view();
    Some(
        view! {
            <Card title="By endpoint">
                <DataTable caption="By endpoint" columns>
                    {rows}
                </DataTable>
                <p class="muted">"Half of the accepted requests were answered within the median (p50), 95 % within p95. Counted by whole UTC hours; the period before is as long as the one shown."</p>
            </Card>
        }
        .into_any(),
    )
}

fn row(called: EndpointUse) -> impl IntoView {
    let number = |count: i64| grouped_number(count.unsigned_abs());
    view! {
        <tr>
            <Cell header=true>
                <code>{called.endpoint}</code>
            </Cell>
            <Cell numeric=true>{number(called.requests)}</Cell>
            <Cell numeric=true secondary=true>
                {number(called.before)}
                {change(called.requests, called.before)}
            </Cell>
            <Cell numeric=true secondary=true>
                {number(called.refused)}
            </Cell>
            <Cell numeric=true secondary=true>
                {latency_text(called.p50)}
            </Cell>
            <Cell numeric=true>{latency_text(called.p95)}</Cell>
            <Cell numeric=true secondary=true>
                {size_text(called.bytes.unsigned_abs())}
            </Cell>
        </tr>
    }
}

fn latency_text(latency: Option<Latency>) -> String {
    match latency {
        None => "\u{2013}".to_owned(),
        Some(Latency::About(us)) if us < 10_000 => {
            format!("{}.{} ms", us / 1_000, us % 1_000 / 100)
        }
        Some(Latency::About(us)) => format!("{} ms", us / 1_000),
        Some(Latency::Over(us)) => format!("over {} ms", grouped_number(us / 1_000)),
    }
}

/// `1.2 MB`.
fn size_text(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(latency_text(Some(Latency::About(175))), "0.1 ms");
        assert_eq!(latency_text(Some(Latency::About(17_500))), "17 ms");
        assert_eq!(latency_text(Some(Latency::Over(1_000_000))), "over 1,000 ms");
        assert_eq!(size_text(999), "999 B");
        assert_eq!(size_text(1_250_000), "1.2 MB");
    }
}
