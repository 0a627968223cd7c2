//! A report's bars, named as clocks of the organization's zone show them.

use domain::usage::Bucket;
use domain::usage::period::{Period, Unit};
use domain::zone::Zone;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::ui;

const CLOCK: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:short]");
const WHOLE_DAY: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year]");
const WHOLE: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]");

/// The bars of the graph.
pub fn bars(
    period: &Period,
    buckets: &[Bucket],
    now: OffsetDateTime,
    zone: &Zone,
) -> Vec<ui::Bucket> {
    let ends = period.bounds.iter().skip(1);
    let bar = |(bucket, end): (&Bucket, &OffsetDateTime)| {
        let start = zone.local(bucket.start);
        let short = if period.unit == Unit::Day { DAY } else { CLOCK };
        // The formats name parts that every date has.
        let label = start.at.format(short).unwrap_or_default();
        let full_label = match period.unit {
            Unit::Day => whole(bucket.start, zone, Unit::Day),
            // At the end of summer there are two hours of one name.
            Unit::Minute | Unit::Hour => {
                let end = zone.local(*end).at.format(CLOCK).unwrap_or_default();
                let start_text = start.at.format(WHOLE).unwrap_or_default();
                format!("{start_text} to {end} {}", start.abbreviation)
            }
        };
        ui::Bucket {
            label,
            full_label,
            values: vec![bucket.accepted.unsigned_abs(), bucket.refused.unsigned_abs()],
            now: bucket.start <= now && now < *end,
        }
    };
    buckets.iter().zip(ends).map(bar).collect()
}

/// A moment of the period in full.
pub fn whole(at: OffsetDateTime, zone: &Zone, unit: Unit) -> String {
    let format = if unit == Unit::Day { WHOLE_DAY } else { WHOLE };
    zone.local(at).at.format(format).unwrap_or_default()
}
