//! Times as people read them.

use domain::zone::{Local, Zone};
use leptos::prelude::*;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// In which zone the page that is being made tells times: the organization's, or UTC outside.
pub fn zone() -> Zone {
    use_context().unwrap_or_else(Zone::utc)
}

/// `2026-03-01 10:30 UTC`.
pub fn minute(at: OffsetDateTime) -> String {
    let local = zone().local(at);
    format!("{} {}", digits(&local), local.abbreviation)
}

/// `2026-03-01 10:30`, where a heading names the zone.
fn minute_in_column(at: OffsetDateTime) -> String {
    digits(&zone().local(at))
}

fn digits(local: &Local) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    // The format names parts that every date has.
    local.at.format(&format).unwrap_or_default()
}

/// Over a column of times: `Time (Europe/Berlin)`.
pub fn column_heading() -> String {
    format!("Time ({})", zone().name())
}

/// How long ago, in the largest unit that fits: `5 min ago`.
pub fn ago(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let seconds = (now - at).whole_seconds();
    match seconds {
        ..5 => "just now".to_owned(),
        5..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// How long until then, in the largest unit that fits: `in 6 d`.
pub fn left(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let seconds = (at - now).whole_seconds();
    match seconds {
        ..60 => "in a moment".to_owned(),
        60..3600 => format!("in {} min", seconds / 60),
        3600..172_800 => format!("in {} h", seconds / 3600),
        // The seventh day has begun: saying 6 would be as wrong.
        _ => format!("in {} d", (seconds + 43_200) / 86_400),
    }
}

/// A wait, rounded up to what a clock shows: `8 seconds`, `15 minutes`.
pub fn wait(seconds: u64) -> String {
    let (count, unit) =
        if seconds <= 90 { (seconds, "second") } else { (seconds.div_ceil(60), "minute") };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// How long something took, in the largest unit that fits: `3 h`. For what is known to the hour.
pub fn took(duration: time::Duration) -> String {
    match duration.whole_hours() {
        ..1 => "under 1 h".to_owned(),
        hours @ 1..48 => format!("{hours} h"),
        hours => format!("{} d", hours / 24),
    }
}

/// As programs read it.
fn machine(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// A `<time>` that shows the minute.
pub fn time_view(at: OffsetDateTime) -> impl IntoView {
    view! { <time datetime=machine(at)>{minute(at)}</time> }
}

/// A `<time>` in a column whose heading names the zone, as [`column_heading`] does.
pub fn column_view(at: OffsetDateTime) -> impl IntoView {
    view! { <time datetime=machine(at)>{minute_in_column(at)}</time> }
}

/// The same to the second.
pub fn second_view(at: OffsetDateTime) -> impl IntoView {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let text = zone().local(at).at.format(&format).unwrap_or_default();
    view! { <time datetime=machine(at)>{text}</time> }
}

/// A `<time>` that shows how long ago; the minute is in its title.
pub fn ago_view(at: OffsetDateTime, now: OffsetDateTime) -> impl IntoView {
    view! { <time datetime=machine(at) title=minute(at)>{ago(at, now)}</time> }
}

/// A `<time>` that shows how long until then; the minute is in its title.
pub fn left_view(at: OffsetDateTime, now: OffsetDateTime) -> impl IntoView {
    view! { <time datetime=machine(at) title=minute(at)>{left(at, now)}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_largest_unit_that_fits() {
        let now = datetime!(2026-03-01 10:30 UTC);
        let told = |seconds| ago(now - time::Duration::seconds(seconds), now);
        assert_eq!(told(-3), "just now");
        assert_eq!(told(59), "59 s ago");
        assert_eq!(told(61), "1 min ago");
        assert_eq!(told(47 * 3600), "47 h ago");
        assert_eq!(told(30 * 86_400), "30 d ago");
        let until = |seconds| left(now + time::Duration::seconds(seconds), now);
        assert_eq!(until(59), "in a moment");
        assert_eq!(until(61), "in 1 min");
        assert_eq!(until(7 * 86_400 - 1), "in 7 d");
        let took = |hours| took(time::Duration::hours(hours));
        assert_eq!([took(0), took(47), took(49)], ["under 1 h", "47 h", "2 d"]);
        assert_eq!(minute(now), "2026-03-01 10:30 UTC");
    }
}
