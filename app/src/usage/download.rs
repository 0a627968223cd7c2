//! The usage page's figures as files.

use axum::extract::{Path, Query};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::usage::period::Period;
use domain::usage::report::{GROUPS_MAX, Report, Sums, report};
use domain::zone::Zone;
use leptos::serde_json::{Value, json};
use std::fmt::Write;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::query::UsageQuery;
use crate::act::Act;
use crate::no_file::NoFile;
use crate::route_table::RouteTable;
use crate::state::State;

pub fn router() -> RouteTable<State> {
    RouteTable::new()
        .get("/{organization}/usage.csv", csv)
        .get("/{organization}/usage.json", json_file)
}

async fn csv(act: Act, Path(slug): Path<String>, Query(query): Query<UsageQuery>) -> Response {
    match look(&act, &slug, &query).await {
        Ok((period, found, zone)) => {
            file(&slug, "csv", "text/csv; charset=utf-8", lines(&period, &found, &zone))
        }
        Err(none) => none.answer(act).await,
    }
}

async fn json_file(
    act: Act,
    Path(slug): Path<String>,
    Query(query): Query<UsageQuery>,
) -> Response {
    match look(&act, &slug, &query).await {
        Ok((period, found, zone)) => {
            file(&slug, "json", "application/json", whole(&period, &found, &zone).to_string())
        }
        Err(none) => none.answer(act).await,
    }
}

async fn look(act: &Act, slug: &str, query: &UsageQuery) -> Result<(Period, Report, Zone), NoFile> {
    let member = act.member(slug).await?;
    let zone = Zone::named(&member.organization().time_zone);
    let (period, messages) = query.period(act.backend().clock.now(), &zone);
    NoFile::unless_understood(messages)?;
    let found = report(act.backend(), &member, &period, query.by()).await?;
    Ok((period, found, zone))
}

fn file(slug: &str, kind: &str, content_type: &str, text: String) -> Response {
    // A slug is letters, digits and hyphens.
    let name = format!("attachment; filename=\"usage-{slug}.{kind}\"");
    let headers = [
        (CONTENT_TYPE, content_type.to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, text).into_response()
}

/// With the zone's offset, so that local and absolute time can both be read.
fn moment(at: OffsetDateTime, zone: &Zone) -> String {
    zone.local(at).at.format(&Rfc3339).unwrap_or_default()
}

/// A line for each bar of the graph.
fn lines(period: &Period, found: &Report, zone: &Zone) -> String {
    let mut text = "start,end,accepted,refused\r\n".to_owned();
    for (bucket, end) in found.buckets.iter().zip(period.bounds.iter().skip(1)) {
        let (start, end) = (moment(bucket.start, zone), moment(*end, zone));
        // Writing into a string cannot fail.
        let _ = write!(text, "{start},{end},{},{}\r\n", bucket.accepted, bucket.refused);
    }
    text
}

fn whole(period: &Period, found: &Report, zone: &Zone) -> Value {
    let sums = |sums: Sums| json!({ "requests": sums.requests, "refused": sums.refused, "rate_limited": sums.rate_limited });
    let bars = found.buckets.iter().zip(period.bounds.iter().skip(1)).map(|(bucket, end)| {
        json!({
            "start": moment(bucket.start, zone),
            "end": moment(*end, zone),
            "accepted": bucket.accepted,
            "refused": bucket.refused,
        })
    });
    let groups = found.groups.iter().map(|group| {
        json!({
            "id": group.id,
            "name": group.name,
            "accepted": group.accepted,
            "refused": group.refused,
        })
    });
    let reasons = found
        .reasons
        .iter()
        .map(|(reason, requests)| json!({ "reason": reason, "requests": requests }));
    json!({
        "time_zone": zone.name(),
        "start": moment(period.start(), zone),
        "end": moment(period.end(), zone),
        "sums": sums(found.sums),
        "before": sums(found.before),
        "exact": !found.coarse,
        "bars": bars.collect::<Vec<_>>(),
        "reasons": reasons.collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
        // There may be more: the busiest stand here.
        "groups_at_most": GROUPS_MAX,
    })
}
