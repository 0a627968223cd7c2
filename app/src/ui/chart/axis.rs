//! Which periods are written below the plot, so that the labels never touch.

use leptos::prelude::*;

use super::Bucket;
use super::layout::slot_middle;

/// Least widths of the plot in CSS pixels: on a wide page (the style sheet's container query
/// switches at the frame that leaves this) and on a telephone of 320.
const WIDE: usize = 520;
const NARROW: usize = 200;
/// A character of the axis' 12-px type at its widest, and the room between two labels.
const CHARACTER: usize = 7;
const GAP: usize = 14;

/// Every how many periods a label stands, in a plot this wide. Prefers a divisor of the count,
/// and among those of a count in fives a multiple of five.
fn label_step(buckets: &[Bucket], plot: usize) -> usize {
    let count = buckets.len().max(1);
    let needed = (count * label_width(buckets)).div_ceil(plot).max(1);
    let divisor = |multiple_of: usize| {
        (needed..=needed * 2)
            .find(|step| count.is_multiple_of(*step) && step.is_multiple_of(multiple_of))
    };
    let in_fives = (needed > 1 && count.is_multiple_of(5)).then(|| divisor(5)).flatten();
    in_fives.or_else(|| divisor(1)).unwrap_or(needed)
}

/// The first labelled period: the one from which the labels are the roundest, that is, have the
/// most noughts.
fn first_label(buckets: &[Bucket], step: usize) -> usize {
    let noughts = |start: usize| -> usize {
        buckets.iter().skip(start).step_by(step).map(|bucket| count_noughts(&bucket.label)).sum()
    };
    (0..step.min(buckets.len())).rev().max_by_key(|start| noughts(*start)).unwrap_or(0)
}

fn count_noughts(label: &str) -> usize {
    label.matches('0').count()
}

fn label_width(buckets: &[Bucket]) -> usize {
    let longest = buckets.iter().map(|bucket| bucket.label.chars().count()).max().unwrap_or(0);
    longest * CHARACTER + GAP
}

/// Whether a label centred on its period stays within the plot; on the left it may reach below
/// the scale.
fn fits(index: usize, buckets: &[Bucket], plot: usize) -> bool {
    let count = buckets.len().max(1);
    let room_right = plot * (2 * (count - index) - 1) / (2 * count);
    index == 0 || room_right + GAP >= label_width(buckets) / 2
}

/// The periods that have a label in a plot this wide.
fn labelled(buckets: &[Bucket], plot: usize) -> Vec<usize> {
    let step = label_step(buckets, plot);
    (first_label(buckets, step)..buckets.len())
        .step_by(step)
        .filter(|index| fits(*index, buckets, plot))
        .collect()
}

/// Both densities are drawn; the style sheet shows the one for the width at hand.
pub(super) fn axis(buckets: &[Bucket]) -> impl IntoView + use<> {
    let (wide, narrow) = (labelled(buckets, WIDE), labelled(buckets, NARROW));
    let labels: Vec<_> = buckets
        .iter()
        .enumerate()
        .filter_map(|(index, bucket)| {
            let class = match (wide.contains(&index), narrow.contains(&index)) {
                (true, true) => None,
                (true, false) => Some("wide-only"),
                (false, true) => Some("narrow-only"),
                (false, false) => return None,
            };
            let x = slot_middle(index, buckets.len()).to_string();
            Some(view! { <text class=class x=x y="14">{bucket.label.clone()}</text> })
        })
        .collect();
    view! {
        <svg class="chart__axis" width="100%" height="20" aria-hidden="true">{labels}</svg>
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, NARROW, WIDE, label_step, label_width, labelled};

    fn buckets(count: usize, label: impl Fn(usize) -> String) -> Vec<Bucket> {
        (0..count).map(|index| Bucket { label: label(index), ..Bucket::default() }).collect()
    }

    fn labels(buckets: &[Bucket], plot: usize) -> Vec<&str> {
        labelled(buckets, plot).into_iter().map(|index| buckets[index].label.as_str()).collect()
    }

    #[test]
    fn hours_of_a_day_are_thinned_evenly() {
        let day = buckets(24, |index| format!("{:02}:00", (index + 5) % 24));
        let wide = ["06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00", "03:00"];
        assert_eq!(labels(&day, WIDE), wide);
        assert_eq!(labels(&day, NARROW).len(), 4);
    }

    #[test]
    fn minutes_stand_on_tens() {
        let hour = buckets(60, |index| format!("14:{:02}", (index + 7) % 60));
        assert_eq!(labels(&hour, WIDE), ["14:10", "14:20", "14:30", "14:40", "14:50", "14:00"]);
    }

    #[test]
    fn a_week_keeps_all_its_days_where_there_is_room() {
        let week = buckets(7, |index| format!("Mon {}", index + 11));
        assert_eq!((labels(&week, WIDE).len(), label_step(&week, NARROW)), (7, 2));
    }

    #[test]
    fn labels_never_touch() {
        for count in 2..=120 {
            for plot in [WIDE, NARROW] {
                let periods = buckets(count, |_| "14:00".to_owned());
                let apart = label_step(&periods, plot) * plot / count;
                assert!(apart + 1 >= label_width(&periods), "{count} periods in {plot} px");
            }
        }
    }

    #[test]
    fn a_single_period_is_labelled() {
        assert_eq!(labels(&buckets(1, |_| "14:00".to_owned()), NARROW), ["14:00"]);
    }
}
