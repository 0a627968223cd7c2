//! An organization at a glance.

use domain::keys::attention::{Attention, Counts, count};
use domain::members::Member;
use domain::usage::series::{Subject, series};
use domain::usage::totals::{Totals, totals};
use domain::usage::{Bucket, Range};
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::keys::role_note::may_create;
use crate::pages::{Content, Section, organization_page};
use crate::ui::{
    Banner, ButtonKind, Card, IconName, LinkButton, PageHeader, Stat, StatRow, Step, Steps, Tone,
    grouped_number,
};
use crate::{routes, usage};

/// Sums, a graph, and what to do first.
#[component]
pub fn OverviewPage() -> impl IntoView {
    organization_page(Section::Overview, |request, member| async move {
        let backend = request.backend();
        let totals = totals(backend, &member).await?;
        let attention = count(backend, &member).await?;
        let bars = series(backend, &member, Subject::Organization, Range::Day).await?;
        let may_create = may_create(&member, backend.profiles.of(member.organization())?);
        let body = body(&member, may_create, totals, attention, &bars, backend.clock.now());
        Ok(Content::new("Overview", body))
    })
}

fn body(
    member: &Member,
    may_create: bool,
    totals: Totals,
    attention: Counts,
    bars: &[Bucket],
    now: OffsetDateTime,
) -> impl IntoView + use<> {
    let slug = &member.organization().slug;
    let create = routes::new_key(slug);
    let graph = usage::graph("Requests", Range::Day, bars, now);
    view! {
        <PageHeader title="Overview">
            {may_create
                .then(|| {
                    view! {
                        <LinkButton
                            href=create
                            kind=ButtonKind::Primary
                            icon=IconName::Plus
                        >
                            "Create key"
                        </LinkButton>
                    }
                })}
        </PageHeader>
        {(!totals.ever_used).then(|| checklist(slug, totals, member.is_admin()))}
        {Attention::ALL
            .into_iter()
            .map(|kind| attention_banner(slug, kind, attention.of(kind)))
            .collect_view()}
        <StatRow>
            <Stat label="Requests in 24 h" value=number(totals.requests_24h) />
            <Stat
                label="Refused in 24 h"
                value=number(totals.refused_24h)
                detail=share(totals.refused_24h, totals.requests_24h).unwrap_or_default()
            />
            <Stat label="Active keys" value=number(totals.active_keys) />
            <Stat label="Channels" value=number(totals.channels) />
        </StatRow>
        <Card>{graph}</Card>
    }
}

/// Leads to the keys that it is about.
fn attention_banner(slug: &str, kind: Attention, keys: i64) -> Option<impl IntoView + use<>> {
    let (tone, one, many) = match kind {
        Attention::Expiring => {
            (Tone::Warning, "key expires within 14 days", "keys expire within 14 days")
        }
        Attention::Unused => (
            Tone::Neutral,
            "key has not been used for 90 days",
            "keys have not been used for 90 days",
        ),
        Attention::Secretless => (
            Tone::Neutral,
            "key is accepted without a secret",
            "keys are accepted without a secret",
        ),
    };
    let title = match keys {
        ..=0 => return None,
        1 => format!("1 {one}"),
        _ => format!("{} {many}", number(keys)),
    };
    let href = routes::keys_with(slug, &[("attention", kind.as_str())]);
    Some(view! {
        <Banner tone title>
            <a href=href>"Look at the keys"</a>
        </Banner>
    })
}

fn checklist(slug: &str, totals: Totals, admin: bool) -> impl IntoView + use<> {
    let (channels, keys, add) =
        (routes::channels(slug), routes::keys(slug), routes::new_channel(slug));
    let start = routes::quick_start(slug);
    let ask = "An admin of the organization does this.";
    view! {
        <Card title="Set up">
            <Steps>
                <Step done={totals.channels > 0} title="Add a channel">
                    {if admin {
                        view! { <a href=add>"Add a channel with its first key"</a> }
                            .into_any()
                    } else {
                        view! { <a href=channels>{ask}</a> }.into_any()
                    }}
                </Step>
                <Step done={totals.active_keys > 0} title="Create a key">
                    <a href=keys>"API keys"</a>
                </Step>
                <Step done=false title="Send the first request">
                    "The page that shows a new key has a line to paste into a terminal; programs begin at the "
                    <a href=start>"quick start"</a>
                </Step>
            </Steps>
        </Card>
    }
}

fn number(count: i64) -> String {
    grouped_number(count.unsigned_abs())
}

/// Of all requests, in per cent; nothing when there were none.
fn share(part: i64, whole: i64) -> Option<String> {
    let permille = (part * 1000).checked_div(whole)?;
    Some(format!("{}.{} % of all", permille / 10, permille % 10))
}
