//! Reading off single periods without JavaScript.
//!
//! Over the plot lie invisible radio buttons, one a period: together they are a single tab stop,
//! the arrow keys walk through them, and each has its figures as its name. The style sheet shows
//! the tooltip of the one that has the focus or the pointer.

use leptos::prelude::*;

use super::{Bucket, Series};
use crate::ui::grouped_number;

pub(super) fn periods(title: &str, buckets: &[Bucket], series: &[Series]) -> impl IntoView + use<> {
    let group = group_name(title);
    let count = buckets.len();
    let slots = buckets
        .iter()
        .enumerate()
        .map(|(index, bucket)| slot(&group, index, count, bucket, series))
        .collect_view();
    view! {
        <fieldset class="chart__periods">
            <legend class="visually-hidden">{format!("{title}: single periods")}</legend>
            {slots}
        </fieldset>
    }
}

/// Charts on one page must not share their radio buttons.
fn group_name(title: &str) -> String {
    let slug: String = title
        .chars()
        .map(
            |letter| {
                if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }
            },
        )
        .collect();
    format!("periods-{slug}")
}

/// Where there is room, the tooltip opens towards the middle of the chart.
fn slot_class(index: usize, count: usize) -> &'static str {
    if index * 2 < count { "chart__slot" } else { "chart__slot chart__slot--last" }
}

fn slot(
    group: &str,
    index: usize,
    count: usize,
    bucket: &Bucket,
    series: &[Series],
) -> impl IntoView + use<> {
    view! {
        <div class=slot_class(index, count)>
            <input
                type="radio"
                name=group.to_owned()
                autocomplete="off"
                checked=index + 1 == count
                aria-label=spoken(bucket, series)
            />
            <span class="chart__hit" aria-hidden="true">
                <span class="tooltip">
                    <strong>{heading(bucket)}</strong>
                    {figures(bucket, series)}
                </span>
            </span>
        </div>
    }
}

fn heading(bucket: &Bucket) -> String {
    if bucket.now { format!("{}, so far", bucket.full_label) } else { bucket.full_label.clone() }
}

fn figures(bucket: &Bucket, series: &[Series]) -> impl IntoView + use<> {
    bucket
        .values
        .iter()
        .zip(series)
        .map(|(value, series)| {
            view! {
                <span class="tooltip__line">
                    <svg class="swatch" width="10" height="10">
                        <rect class=series.tone.class() width="10" height="10" rx="2" />
                    </svg>
                    <span>{series.name.clone()}</span>
                    <b>{grouped_number(*value)}</b>
                </span>
            }
        })
        .collect_view()
}

fn spoken(bucket: &Bucket, series: &[Series]) -> String {
    let figures: Vec<String> = bucket
        .values
        .iter()
        .zip(series)
        .map(|(value, series)| format!("{} {}", series.name, grouped_number(*value)))
        .collect();
    format!("{}: {}", heading(bucket), figures.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::ChartTone;
    use super::{Bucket, Series, spoken};

    #[test]
    fn a_period_says_its_figures() {
        let names = ["Accepted", "Refused"];
        let series = names.map(|name| Series { name: name.to_owned(), tone: ChartTone::One });
        let bucket = Bucket {
            full_label: "Monday 14:00".to_owned(),
            values: vec![1_200, 3],
            now: true,
            ..Bucket::default()
        };
        let words = spoken(&bucket, &series);
        assert_eq!(words, "Monday 14:00, so far: Accepted 1,200, Refused 3");
    }
}
