//! The whole figure.

use leptos::prelude::*;

use super::axis::axis;
use super::layout::bars;
use super::periods::periods;
use super::plot::{plot, scale_labels};
use super::scale::Scale;
use super::table::table;
use super::{Bucket, Series};

/// Stacked bars. `summary` is one sentence that says what the chart shows; `unit` is what is
/// counted, in the plural; `zone` is the time zone of the labels.
#[component]
pub fn BarChart(
    #[prop(into)] title: String,
    #[prop(into)] summary: String,
    #[prop(into)] unit: String,
    #[prop(into)] zone: String,
    series: Vec<Series>,
    buckets: Vec<Bucket>,
) -> impl IntoView {
    let scale = Scale::up_to(buckets.iter().map(Bucket::total).max().unwrap_or(0));
    let empty = scale.top() == 0;
    let over_plot = if empty {
        let note = format!("No {unit} in this period");
        view! { <p class="chart__empty">{note}</p> }.into_any()
    } else {
        periods(&title, &buckets, &series).into_any()
    };
    view! {
        <figure class="chart">
            <figcaption class="chart__caption">
                <h2 class="chart__title">{title.clone()}</h2>
                <p class="muted">{summary}</p>
            </figcaption>
            {legend(&series)}
            <div class="chart__frame">
                <p class="chart__unit" aria-hidden="true">{unit}</p>
                {scale_labels(scale)}
                <div class="chart__canvas">
                    {plot(scale, bars(&buckets, scale), &series)} {over_plot}
                </div>
                {axis(&buckets)}
                <p class="chart__zone">{format!("Times in {zone}")}</p>
            </div>
            {table(&title, &zone, &buckets, &series)}
        </figure>
    }
    .into_any()
}

/// What the colours mean; a single series is named by the title.
fn legend(series: &[Series]) -> impl IntoView + use<> {
    (series.len() > 1).then(|| {
        let items = series
            .iter()
            .map(|series| {
                view! {
                    <li>
                        <svg class="swatch" width="10" height="10" aria-hidden="true">
                            <rect class=series.tone.class() width="10" height="10" rx="2" />
                        </svg>
                        {series.name.clone()}
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="chart__legend">{items}</ul> }
    })
}
