//! What stops when a key does, for the pages that would stop it.

use domain::Result;
use domain::keys::Key;
use domain::members::Member;
use domain::usage::outcomes::key_outcomes;
use domain::usage::totals::{KeyTotals, key_totals};
use leptos::prelude::*;

use crate::pages::Request;
use crate::ui::{Card, Stat, StatRow, grouped_number};
use crate::{access_log, when};

/// The key's use, and the card that shows it.
pub async fn what_breaks(
    request: &Request,
    member: &Member,
    key: &Key,
) -> Result<(KeyTotals, AnyView)> {
    let backend = request.backend();
    let totals = key_totals(backend, member, key.id).await?;
    let outcomes = key_outcomes(backend, member, key.id).await?;
    let callers = access_log::callers(request, member, key.id).await?;
    let now = backend.clock.now();
    let last = key.last_used_at.map_or_else(|| "Never".to_owned(), |at| when::ago(at, now));
    let number = |count: i64| grouped_number(count.unsigned_abs());
    let (day, week) = (number(totals.requests_24h), number(totals.requests_7d));
    let outcomes = (!outcomes.is_empty()).then(|| by_outcome(&outcomes));
    let card = view! {
        <Card title="What breaks">
            <StatRow>
                <Stat label="Requests in 24 h" value=day />
                <Stat label="Requests in 7 d" value=week />
                <Stat label="Last used" value=last />
            </StatRow>
            {outcomes.map(|text| view! { <p class="muted">{text}</p> })}
            {callers}
        </Card>
    };
    Ok((totals, card.into_any()))
}

/// `In 7 d: 120 accepted, 3 out of scope.`
fn by_outcome(outcomes: &[(String, i64)]) -> String {
    let parts = outcomes.iter().map(|(outcome, requests)| {
        format!("{} {}", grouped_number(requests.unsigned_abs()), outcome.replace('_', " "))
    });
    format!("In 7 d: {}.", parts.collect::<Vec<_>>().join(", "))
}
