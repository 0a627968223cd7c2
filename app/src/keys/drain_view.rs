//! A key's former texts: who still calls with them, and how long they go on.

use domain::Result;
use domain::channels::ChannelStatus;
use domain::ids::KeyId;
use domain::keys::draining::extend::LONGEST;
use domain::keys::draining::list::{DrainHour, OldText, drain_hours, old_texts};
use domain::keys::overlap::Overlap;
use domain::keys::{Key, KeyStatus};
use domain::members::Member;
use domain::usage::Range;
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::pages::Request;
use crate::ui::{
    ActionRow, BarChart, Button, ButtonKind, Card, ChartTone, IconName, PostButton, Series,
    SubmitOnce, grouped_number,
};
use crate::{access_log, routes, usage, when};

/// The card of the key's page; nothing where there is no former text to speak of.
pub async fn card(
    request: &Request,
    member: &Member,
    key: &Key,
    can_change: bool,
) -> Result<Option<AnyView>> {
    let backend = request.backend();
    let texts = old_texts(backend, member, key.id).await?;
    if texts.is_empty() {
        return Ok(None);
    }
    let hours = drain_hours(backend, member, key.id).await?;
    let callers = access_log::former_callers(request, member, key.id).await?;
    let (slug, now) = (&member.organization().slug, backend.clock.now());
    let title = if texts.len() == 1 { "Old key" } else { "Old keys" };
    let rows = texts.iter().map(|text| row(slug, key, text, can_change, now)).collect_view();
    let is_shown = |text: &OldText| hours.first().is_some_and(|hour| text.replaced_at > hour.start);
    let note = texts.iter().any(is_shown).then(|| {
        view! {
            <p class="muted">
                "The new key's requests are counted from the first full minute after it was created, the old key's from the moment it was replaced."
            </p>
        }
    });
    Ok(Some(view! { <Card title>{rows} {callers} {graph(&hours, now)} {note}</Card> }.into_any()))
}

fn row(
    slug: &str,
    key: &Key,
    text: &OldText,
    can_change: bool,
    now: OffsetDateTime,
) -> impl IntoView + use<> {
    let actions = (text.live && can_change).then(|| actions(slug, key.id, text, now));
    view! {
        <ActionRow title=text.hint.clone() detail=in_words(text, stopped(key), now)>
            {actions}
        </ActionRow>
    }
}

/// What keeps the key from being accepted just now, and its former texts with it.
pub fn stopped(key: &Key) -> Option<&'static str> {
    match (key.status, key.screams_until, key.stopped_by_channel()) {
        (KeyStatus::Disabled, ..) => Some("while the key is disabled"),
        (_, Some(_), _) => Some("while the key is disabled for a test"),
        _ if key.early => Some("until the key is valid"),
        (.., Some(ChannelStatus::Suspended)) => Some("while the key's channel is suspended"),
        (.., Some(_)) => Some("while the key's channel is inactive"),
        _ => None,
    }
}

/// When it ends, and who would notice.
fn in_words(text: &OldText, stopped: Option<&str>, now: OffsetDateTime) -> String {
    let minute = when::minute(text.ends_at);
    let end = if text.live {
        let left = when::left(text.ends_at, now);
        match stopped {
            None => format!("Works until {minute}, ends {left}."),
            Some(why) => format!("Refused {why}. Ends {left}, {minute}."),
        }
    } else {
        format!("Ended {}, {minute}.", when::ago(text.ends_at, now))
    };
    let number = |count: i64| grouped_number(count.unsigned_abs());
    let requests = match (text.requests, text.live) {
        (0, true) => " No request with it since it was replaced.".to_owned(),
        (0, false) => String::new(),
        (all, _) => format!(
            " {} {} with it since it was replaced, {} in the last 24 h.",
            number(all),
            if all == 1 { "request" } else { "requests" },
            number(text.requests_24h),
        ),
    };
    let used = text.last_used_at.map(|at| format!(" Last accepted {}.", when::ago(at, now)));
    format!("{end}{requests}{}", used.unwrap_or_default())
}

fn actions(slug: &str, key: KeyId, text: &OldText, now: OffsetDateTime) -> impl IntoView + use<> {
    let action = |name| routes::old_text_action(slug, key, text.id, name);
    let (extend, end) = (action("extend"), action("end"));
    let seen = (text.ends_at.unix_timestamp_nanos() / 1_000).to_string();
    let longer = [(Overlap::Day, "Extend by 24 h"), (Overlap::Week, "Extend by 7 d")];
    let longer = longer.into_iter().filter(|(by, _)| text.ends_at + by.duration() <= now + LONGEST);
    let buttons = longer.map(|(by, label)| {
        view! {
            <Button kind=ButtonKind::Secondary name="by" value=by.as_str()>
                {label}
            </Button>
        }
    });
    let buttons = buttons.collect_view();
    view! {
        <div class="cluster">
            <form method="post" action=extend class="cluster">
                <SubmitOnce />
                <input type="hidden" name="seen" value=seen />
                {buttons}
            </form>
            <PostButton action=end label="End now" kind=ButtonKind::Danger icon=IconName::Ban />
        </div>
    }
}

fn graph(hours: &[DrainHour], now: OffsetDateTime) -> impl IntoView + use<> {
    let series = vec![
        Series { name: "New key".to_owned(), tone: ChartTone::One },
        Series { name: "Old key".to_owned(), tone: ChartTone::Three },
    ];
    let bars =
        hours.iter().map(|hour| usage::bar(Range::Day, hour.start, [hour.new, hour.old], now));
    let total = |of: fn(&DrainHour) -> i64| {
        grouped_number(hours.iter().map(of).sum::<i64>().unsigned_abs())
    };
    let summary = format!(
        "Requests in the last 24 hours, refused ones too: {} with the new key, {} with the old.",
        total(|hour| hour.new),
        total(|hour| hour.old),
    );
    view! {
        <BarChart
            title="From the old key to the new"
            summary
            unit="requests"
            zone="UTC"
            series
            buckets=bars.collect()
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::ChannelId;
    use domain::keys::{Access, Environment, KeyChannel};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-01 10:30 UTC);

    fn key() -> Key {
        Key {
            id: KeyId::generate(),
            name: "Export".to_owned(),
            is_login: false,
            hint: "dph_live_…ab12".to_owned(),
            channel: None,
            environment: Environment::Live,
            access: Access::ReadWrite,
            listed: Vec::new(),
            networks: Vec::new(),
            rate_limit: None,
            not_before: None,
            status: KeyStatus::Active,
            screams_until: None,
            early: false,
            expired: false,
            has_secret: false,
            secret_required: false,
            created_at: NOW,
            created_by: "Ann".to_owned(),
            issued_at: NOW,
            expires_at: None,
            revoked_at: None,
            revoked_reason: None,
            last_used_at: None,
            requests_24h: 0,
        }
    }

    #[test]
    fn a_former_text_works_as_its_key_does() {
        let text = OldText {
            id: KeyId::generate(),
            hint: "dph_live_…cd34".to_owned(),
            replaced_at: NOW,
            ends_at: NOW + time::Duration::hours(5),
            live: true,
            last_used_at: None,
            requests: 2,
            requests_24h: 1,
        };
        let counted = "2 requests with it since it was replaced, 1 in the last 24 h.";
        let channel =
            |status| Some(KeyChannel { id: ChannelId::generate(), name: "Hub".to_owned(), status });
        let refused = |why: &str| format!("Refused {why}. Ends in 5 h, 2026-03-01 15:30 UTC.");
        for (key, said) in [
            (key(), "Works until 2026-03-01 15:30 UTC, ends in 5 h.".to_owned()),
            (
                Key { channel: channel(ChannelStatus::Active), ..key() },
                "Works until 2026-03-01 15:30 UTC, ends in 5 h.".to_owned(),
            ),
            (
                Key { status: KeyStatus::Disabled, screams_until: Some(NOW), ..key() },
                refused("while the key is disabled"),
            ),
            (
                Key { screams_until: Some(NOW), ..key() },
                refused("while the key is disabled for a test"),
            ),
            (Key { early: true, ..key() }, refused("until the key is valid")),
            (
                Key { channel: channel(ChannelStatus::Inactive), ..key() },
                refused("while the key's channel is inactive"),
            ),
            (
                Key { channel: channel(ChannelStatus::Suspended), ..key() },
                refused("while the key's channel is suspended"),
            ),
        ] {
            assert_eq!(in_words(&text, stopped(&key), NOW), format!("{said} {counted}"));
        }
        // What is over is over.
        let over = OldText { live: false, ends_at: NOW, requests: 0, ..text };
        let said = in_words(&over, Some("while the key is disabled"), NOW);
        assert_eq!(said, "Ended just now, 2026-03-01 10:30 UTC.");
    }
}
