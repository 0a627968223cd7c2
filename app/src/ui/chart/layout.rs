//! Where the bars stand.

use super::Bucket;
use super::scale::{Scale, Share};

/// How much of its slot a bar fills, in hundredths.
const FILL: u64 = 72;
/// Few bars must not become walls.
const WIDEST: Share = Share(6_000);
/// What happened at all must be seen: about two pixels.
const LOWEST: Share = Share(1_000);

/// One series' part of a bar; `y` is counted from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) series: usize,
    pub(super) y: Share,
    pub(super) height: Share,
}

impl Segment {
    /// Where it stands on the one below.
    pub(super) fn foot(&self) -> String {
        Share(self.y.0 + self.height.0).to_string()
    }
}

/// The bar of one bucket, from the baseline upwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) x: Share,
    pub(super) width: Share,
    pub(super) segments: Vec<Segment>,
    pub(super) now: bool,
}

/// The middle of slot `index` of `count`.
pub(super) fn slot_middle(index: usize, count: usize) -> Share {
    Share::of(wide(index) * 2 + 1, wide(count) * 2)
}

pub(super) fn bars(buckets: &[Bucket], scale: Scale) -> Vec<Bar> {
    let count = buckets.len();
    let width = bar_width(count);
    buckets
        .iter()
        .enumerate()
        .map(|(index, bucket)| Bar {
            x: Share(slot_middle(index, count).0.saturating_sub(width.0 / 2)),
            width,
            segments: segments(&bucket.values, scale.top()),
            now: bucket.now,
        })
        .collect()
}

fn bar_width(count: usize) -> Share {
    Share::of(FILL, wide(count) * 100).min(WIDEST)
}

fn segments(values: &[u64], top: u64) -> Vec<Segment> {
    let mut heights: Vec<u64> = values.iter().map(|value| height(*value, top).0).collect();
    // Lifting the low ones must not push the bar through the top.
    let excess = heights.iter().sum::<u64>().saturating_sub(Share::WHOLE.0);
    if let Some(highest) = heights.iter_mut().max() {
        *highest = highest.saturating_sub(excess);
    }
    let mut y = Share::WHOLE.0;
    let mut segments = Vec::new();
    for (series, height) in heights.into_iter().enumerate().filter(|(_, height)| *height > 0) {
        y = y.saturating_sub(height);
        segments.push(Segment { series, y: Share(y), height: Share(height) });
    }
    segments
}

fn height(value: u64, top: u64) -> Share {
    if value == 0 { Share(0) } else { Share::of(value, top).max(LOWEST) }
}

/// Lossless on every machine this runs on.
fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Scale, Segment, Share, bars};

    fn bucket(values: &[u64]) -> Bucket {
        Bucket { values: values.to_vec(), ..Bucket::default() }
    }

    #[test]
    fn segments_stack_from_the_baseline() {
        let drawn = bars(&[bucket(&[50, 25])], Scale::up_to(100));
        let lower = Segment { series: 0, y: Share(50_000), height: Share(50_000) };
        let upper = Segment { series: 1, y: Share(25_000), height: Share(25_000) };
        assert_eq!(drawn[0].segments, [lower, upper]);
    }

    #[test]
    fn zero_draws_nothing_and_one_of_many_is_still_seen() {
        let drawn = bars(&[bucket(&[0, 0]), bucket(&[1_000_000, 1])], Scale::up_to(1_000_000));
        assert!(drawn[0].segments.is_empty());
        let tall = &drawn[1].segments;
        assert_eq!(tall[1], Segment { series: 1, y: Share(0), height: Share(1_000) });
        assert_eq!(tall[0].height, Share(99_000));
    }

    #[test]
    fn a_single_bar_stands_slim_in_the_middle() {
        let drawn = bars(&[bucket(&[3])], Scale::up_to(3));
        assert_eq!((drawn[0].x, drawn[0].width), (Share(47_000), Share(6_000)));
    }

    #[test]
    fn all_bars_are_within_the_plot() {
        let many = vec![bucket(&[1]); 90];
        let drawn = bars(&many, Scale::up_to(1));
        assert!(drawn.iter().all(|bar| bar.x.0 + bar.width.0 <= Share::WHOLE.0));
        assert!(drawn.windows(2).all(|pair| pair[0].x.0 + pair[0].width.0 < pair[1].x.0));
    }
}
