//! A chart the size of a word, for tables.

use leptos::prelude::*;

use super::Bucket;
use super::layout::{Bar, bars};
use super::scale::Scale;

/// Its scale is its own, so the figure must stand beside it. `label` says what it shows.
#[component]
pub fn Sparkline(values: Vec<u64>, #[prop(into)] label: String) -> impl IntoView {
    let highest = values.iter().copied().max().unwrap_or(0);
    let buckets: Vec<Bucket> = values
        .into_iter()
        .map(|value| Bucket { values: vec![value], ..Bucket::default() })
        .collect();
    let marks = bars(&buckets, Scale::exactly(highest)).into_iter().flat_map(marks).collect_view();
    view! {
        <span class="sparkline">
            <svg width="96" height="20" aria-hidden="true">
                {marks}
                <line class="chart__baseline" x1="0" x2="100%" y1="100%" y2="100%" />
            </svg>
            <span class="visually-hidden">{label}</span>
        </span>
    }
    .into_any()
}

fn marks(bar: Bar) -> impl Iterator<Item = impl IntoView> {
    let (x, width) = (bar.x.to_string(), bar.width.to_string());
    bar.segments.into_iter().map(move |segment| {
        let (y, height) = (segment.y.to_string(), segment.height.to_string());
        view! { <rect class="mark mark--1" x=x.clone() y=y width=width.clone() height=height /> }
    })
}
