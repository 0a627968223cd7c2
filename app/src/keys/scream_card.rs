//! A key's scream test on its page: how long it goes on, and who has failed.

use domain::Result;
use domain::keys::Key;
use domain::keys::scream::state::{Scream, latest};
use domain::members::Member;
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::pages::Request;
use crate::ui::{
    ActionRow, Banner, ButtonKind, Card, IconName, LinkButton, PostButton, Tone, grouped_number,
};
use crate::{access_log, routes, when};

/// The latest test; nothing where there was none lately.
pub async fn card(
    request: &Request,
    member: &Member,
    key: &Key,
    can_change: bool,
) -> Result<Option<AnyView>> {
    let backend = request.backend();
    let Some(scream) = latest(backend, member, key.id).await? else { return Ok(None) };
    let (slug, now) = (&member.organization().slug, backend.clock.now());
    let (failed, begun) = (failed_text(&scream, now), begun_text(&scream, now));
    let callers = access_log::failed_callers(scream.failed.clone(), now);
    let banner = scream.under_way.then(|| banner(slug, key, scream.ends_at, now));
    let actions = (scream.under_way && can_change).then(|| actions(slug, key));
    Ok(Some(
        view! {
            {banner}
            <Card title="Scream test">
                <p>{begun}</p>
                <p>{failed}</p>
                {callers}
                {actions}
            </Card>
        }
        .into_any(),
    ))
}

fn banner(
    slug: &str,
    key: &Key,
    ends_at: OffsetDateTime,
    now: OffsetDateTime,
) -> impl IntoView + use<> {
    let title = format!("Disabled for a test, works again {}", when::left(ends_at, now));
    let again = routes::key(slug, key.id);
    view! {
        <Banner tone=Tone::Warning title>
            "By itself, at " {when::time_view(ends_at)} ". " <a href=again>"Look again"</a>
        </Banner>
    }
}

fn begun_text(scream: &Scream, now: OffsetDateTime) -> String {
    let minutes = (scream.ends_at - scream.began_at).whole_minutes().max(1);
    let long = if minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") };
    let by = &scream.begun_by;
    if scream.under_way {
        format!("{by} began it {}, for {long}.", when::ago(scream.began_at, now))
    } else {
        format!(
            "{by} had the key refused for {long}; it ended {}, {}.",
            when::ago(scream.ends_at, now),
            when::minute(scream.ends_at)
        )
    }
}

fn failed_text(scream: &Scream, now: OffsetDateTime) -> String {
    let calls = scream.failed.calls.unsigned_abs();
    match (calls, scream.under_way) {
        (0, true) => "Nobody has called with the key since.".to_owned(),
        (0, false) => "Nobody called with the key meanwhile.".to_owned(),
        (1, _) => "1 call was refused for it.".to_owned(),
        _ => {
            let first = scream.failed.since.map(|at| format!(", the first {}", when::ago(at, now)));
            let calls = grouped_number(calls);
            format!("{calls} calls were refused for it{}.", first.unwrap_or_default())
        }
    }
}

fn actions(slug: &str, key: &Key) -> impl IntoView + use<> {
    let action = |name| routes::key_action(slug, key.id, name);
    let (end, revoke) = (action("scream-test/end"), action("revoke"));
    view! {
        <ActionRow title="Seen enough" detail="The key works again at once.">
            <PostButton action=end label="End it now" icon=IconName::Power />
        </ActionRow>
        <ActionRow title="Nobody needs it" detail="The key stays refused, for good.">
            <LinkButton href=revoke kind=ButtonKind::Danger icon=IconName::Ban>
                "Make it permanent"
            </LinkButton>
        </ActionRow>
    }
}
