//! The marks: grid, bars and the scale beside them.

use leptos::prelude::*;

use super::layout::{Bar, Segment};
use super::scale::{Scale, Share};
use super::{ChartTone, Series};
use crate::ui::compact_number;

/// The figures left of the plot, from the top down.
pub(super) fn scale_labels(scale: Scale) -> impl IntoView {
    let ticks: Vec<u64> = scale.ticks().collect();
    let labels = ticks
        .into_iter()
        .rev()
        .map(|tick| view! { <span>{compact_number(tick)}</span> })
        .collect_view();
    view! { <div class="chart__scale" aria-hidden="true">{labels}</div> }
}

/// Hidden from assistive technology: the periods above it and the table below it say the same
/// in words.
pub(super) fn plot(scale: Scale, bars: Vec<Bar>, series: &[Series]) -> impl IntoView + use<> {
    let top = scale.top();
    let grid = scale
        .ticks()
        .skip(1)
        .map(|tick| {
            let y = Share(Share::WHOLE.0 - Share::of(tick, top).0).to_string();
            view! { <line class="chart__grid" x1="0" x2="100%" y1=y.clone() y2=y /> }
        })
        .collect_view();
    let marks = bars.into_iter().map(|bar| bar_view(bar, series)).collect_view();
    view! {
        <svg class="chart__plot" width="100%" height="100%" aria-hidden="true">
            {grid} {marks}
            <line class="chart__baseline" x1="0" x2="100%" y1="100%" y2="100%" />
        </svg>
    }
}

fn bar_view(bar: Bar, series: &[Series]) -> impl IntoView + use<> {
    let (x, width) = (bar.x.to_string(), bar.width.to_string());
    let end = Share(bar.x.0 + bar.width.0).to_string();
    let seams: Vec<String> = bar.segments.iter().skip(1).map(Segment::foot).collect();
    let marks = bar
        .segments
        .into_iter()
        .map(|segment| {
            let tone = series.get(segment.series).map_or(ChartTone::One, |series| series.tone);
            let (y, height) = (segment.y.to_string(), segment.height.to_string());
            view! { <rect class=tone.class() x=x.clone() y=y width=width.clone() height=height /> }
        })
        .collect_view();
    // Parts of a bar are told apart by the gap too, not by their colours alone.
    let seams = seams
        .into_iter()
        .map(|y| {
            view! { <line class="chart__seam" x1=x.clone() x2=end.clone() y1=y.clone() y2=y /> }
        })
        .collect_view();
    view! { <g class=bar.now.then_some("chart__now")>{marks} {seams}</g> }
}
