//! Graphs of usage.

mod bars;
pub mod download;
mod endpoints_card;
mod query;
mod usage_page;

pub use endpoints_card::endpoints_card;
pub use usage_page::UsagePage;

use domain::usage::{Bucket, Range};
use leptos::prelude::*;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::ui::{self, BarChart, ChartTone, Series, TabLink, grouped_number};

/// Bars of accepted and refused requests.
pub fn graph(
    title: &str,
    range: Range,
    buckets: &[Bucket],
    now: OffsetDateTime,
) -> impl IntoView + use<> {
    let series = vec![
        Series { name: "Accepted".to_owned(), tone: ChartTone::One },
        Series { name: "Refused".to_owned(), tone: ChartTone::Two },
    ];
    let bars = buckets.iter().map(|bucket| {
        let values = [bucket.accepted, bucket.refused];
        bar(range, bucket.start, values, now)
    });
    let bars = bars.collect();
    view! {
        <BarChart
            title
            summary=summary(range, buckets)
            unit="requests"
            zone="UTC"
            series
            buckets=bars
        />
    }
}

/// Links to the page in each range.
pub fn range_tabs(current: Range, href: impl Fn(&str) -> String) -> Vec<TabLink> {
    let tab = |range: Range| TabLink {
        href: href(range.as_str()),
        label: label(range).to_owned(),
        current: range == current,
    };
    Range::ALL.into_iter().map(tab).collect()
}

fn label(range: Range) -> &'static str {
    match range {
        Range::Hour => "1 h",
        Range::Day => "24 h",
        Range::Week => "7 d",
        Range::Month => "30 d",
        Range::Quarter => "90 d",
    }
}

/// One bar with two parts, which begins at `start`.
pub fn bar(
    range: Range,
    start: OffsetDateTime,
    values: [i64; 2],
    now: OffsetDateTime,
) -> ui::Bucket {
    const CLOCK: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");
    const DAY: &[BorrowedFormatItem<'_>] =
        format_description!("[day padding:none] [month repr:short]");
    const FULL: &[BorrowedFormatItem<'_>] =
        format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]");
    let short = if matches!(range, Range::Hour | Range::Day) { CLOCK } else { DAY };
    let end = start + range.step();
    // The formats name parts that every date has.
    let text = |at: OffsetDateTime, format| at.format(format).unwrap_or_default();
    let full_label = if matches!(range, Range::Month | Range::Quarter) {
        text(start, format_description!("[day padding:none] [month repr:short] [year]"))
    } else {
        format!("{} to {}", text(start, FULL), text(end, CLOCK))
    };
    ui::Bucket {
        label: text(start, short),
        full_label,
        values: values.map(i64::unsigned_abs).to_vec(),
        now: start <= now && now < end,
    }
}

fn summary(range: Range, buckets: &[Bucket]) -> String {
    let accepted: i64 = buckets.iter().map(|bucket| bucket.accepted).sum();
    let refused: i64 = buckets.iter().map(|bucket| bucket.refused).sum();
    let during = match range {
        Range::Hour => "the last hour",
        Range::Day => "the last 24 hours",
        Range::Week => "the last 7 days",
        Range::Month => "the last 30 days",
        Range::Quarter => "the last 90 days",
    };
    let total = (accepted + refused).unsigned_abs();
    let noun = if total == 1 { "request" } else { "requests" };
    format!(
        "{} {noun} in {during}: {} accepted, {} refused.",
        grouped_number(total),
        grouped_number(accepted.unsigned_abs()),
        grouped_number(refused.unsigned_abs()),
    )
}
