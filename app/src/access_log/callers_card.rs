//! Who calls with a key, for the pages that would stop them.

use domain::Result;
use domain::access_log::callers::{Callers, LOOKED_AT, of_former_texts, of_key};
use domain::ids::KeyId;
use domain::members::Member;
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::pages::Request;
use crate::ui::{Cell, Column, DataTable, grouped_number};
use crate::when;

/// The callers and endpoints of the key's last 7 days; nothing where nobody calls.
pub async fn callers(request: &Request, member: &Member, key: KeyId) -> Result<Option<AnyView>> {
    let found = of_key(request.backend(), member, key).await?;
    Ok(shown(found, request.backend().clock.now(), "Callers", WEEK))
}

/// Those who still use a former text of the key.
pub async fn former_callers(
    request: &Request,
    member: &Member,
    key: KeyId,
) -> Result<Option<AnyView>> {
    let found = of_former_texts(request.backend(), member, key).await?;
    Ok(shown(found, request.backend().clock.now(), "Still calling with the old key", WEEK))
}

/// Those whose calls were refused.
pub fn failed_callers(found: Callers, now: OffsetDateTime) -> Option<AnyView> {
    shown(found, now, "Who failed", "the test")
}

/// What is looked at, mostly.
const WEEK: &str = "the last 7 days";

fn shown(
    found: Callers,
    now: OffsetDateTime,
    title: &'static str,
    time: &'static str,
) -> Option<AnyView> {
    let since = found.since?;
    let note = if found.calls < LOOKED_AT {
        format!("As the access log of {time} has it.")
    } else {
        let (calls, ago) = (grouped_number(found.calls.unsigned_abs()), when::ago(since, now));
        format!("As the last {calls} calls have it, the first of them {ago}.")
    };
    let (days, hours) = (now - since, (now - since).whole_hours().max(1));
    let rate = move |calls: i64| {
        if days.whole_hours() < 1 || calls < hours {
            grouped_number(calls.unsigned_abs())
        } else {
            let an_hour = grouped_number((calls / hours).unsigned_abs());
            format!("{} ({an_hour} an hour)", grouped_number(calls.unsigned_abs()))
        }
    };
    let callers = found.callers.into_iter().map(|caller| {
        let agent = caller.user_agent.unwrap_or_else(|| "No user agent".to_owned());
        let ip = caller.ip.unwrap_or_else(|| "Address not known".to_owned());
        view! {
            <tr>
                <Cell header=true>
                    <code>{ip}</code>
                </Cell>
                <Cell secondary=true>{agent}</Cell>
                <Cell numeric=true>{rate(caller.calls)}</Cell>
                <Cell>{when::ago_view(caller.last_at, now)}</Cell>
            </tr>
        }
    });
    let endpoints = found.endpoints.into_iter().map(|called| {
        view! {
            <tr>
                <Cell header=true>
                    <code>{format!("{} {}", called.method, called.endpoint)}</code>
                </Cell>
                <Cell numeric=true>{rate(called.calls)}</Cell>
            </tr>
        }
    });
    let (callers, endpoints) = (callers.collect_view(), endpoints.collect_view());
    let who = vec![
        Column::new("Caller"),
        Column::new("User agent").secondary(),
        Column::new("Calls").numeric(),
        Column::new("Last"),
    ];
    let what = vec![Column::new("Endpoint"), Column::new("Calls").numeric()];
    Some(
        view! {
            <DataTable caption=title columns=who>
                {callers}
            </DataTable>
            <DataTable caption="Endpoints" columns=what>
                {endpoints}
            </DataTable>
            <p class="muted">{note}</p>
        }
        .into_any(),
    )
}
