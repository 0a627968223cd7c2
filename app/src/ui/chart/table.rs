//! The same figures as a table.

use leptos::prelude::*;

use super::{Bucket, Series};
use crate::ui::{Cell, Column, DataTable, grouped_number};

pub(super) fn table(
    title: &str,
    zone: &str,
    buckets: &[Bucket],
    series: &[Series],
) -> impl IntoView + use<> {
    let mut columns = vec![Column::new(format!("Period ({zone})"))];
    columns.extend(series.iter().map(|series| Column::new(series.name.clone()).numeric()));
    let rows = buckets.iter().map(row).collect_view();
    view! {
        <details class="chart__table">
            <summary>"Show as table"</summary>
            <DataTable caption=title.to_owned() columns>{rows}</DataTable>
        </details>
    }
}

fn row(bucket: &Bucket) -> impl IntoView + use<> {
    let figures = bucket
        .values
        .iter()
        .map(|value| grouped_number(*value))
        .map(|figure| view! { <Cell numeric=true>{figure}</Cell> })
        .collect_view();
    let note = if bucket.now { " (so far)" } else { "" };
    let period = format!("{}{note}", bucket.full_label);
    view! {
        <tr>
            <Cell header=true>{period}</Cell>
            {figures}
        </tr>
    }
}
