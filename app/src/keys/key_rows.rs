//! Keys as lines of a table.

use domain::channels::ChannelStatus;
use domain::keys::attention::Attention;
use domain::keys::{Access, Key, KeyStatus};
use leptos::prelude::*;
use time::OffsetDateTime;

use crate::ui::{Cell, IconName, StatusTag, Tone, grouped_number};
use crate::{routes, when};

/// The state with its colour and sign.
pub fn status_tag(key: &Key) -> impl IntoView + use<> {
    let stopped = key.stopped_by_channel();
    match (key.status, key.expired) {
        (KeyStatus::Active, false) if stopped.is_some() && key.screams_until.is_none() => {
            let text = stopped.map(channel_words).unwrap_or_default();
            view! { <StatusTag tone=Tone::Warning text icon=IconName::Channel /> }.into_any()
        }
        (KeyStatus::Revoked, _) => {
            view! { <StatusTag tone=Tone::Danger text="Revoked" icon=IconName::Ban /> }.into_any()
        }
        (_, true) => view! { <StatusTag tone=Tone::Warning text="Expired" icon=IconName::Clock /> }
            .into_any(),
        (KeyStatus::Disabled, _) => {
            view! { <StatusTag tone=Tone::Neutral text="Disabled" icon=IconName::CirclePause /> }
                .into_any()
        }
        (KeyStatus::Active, _) if key.screams_until.is_some() => {
            view! { <StatusTag tone=Tone::Warning text="Disabled for a test" icon=IconName::Clock /> }
                .into_any()
        }
        (KeyStatus::Active, _) if key.early => {
            view! { <StatusTag tone=Tone::Neutral text="Not yet valid" icon=IconName::Clock /> }
                .into_any()
        }
        (KeyStatus::Active, _) => {
            view! { <StatusTag tone=Tone::Success text="Active" /> }.into_any()
        }
    }
}

/// What keeps an active key from being accepted.
pub fn channel_words(status: ChannelStatus) -> &'static str {
    match status {
        ChannelStatus::Active => "Active",
        ChannelStatus::Inactive => "Channel inactive",
        ChannelStatus::Suspended => "Channel suspended",
    }
}

/// What a key may do, in words.
pub fn access_text(access: Access) -> &'static str {
    match access {
        Access::ReadWrite => "Read and write",
        Access::Read => "Read only",
        Access::Write => "Write only",
        Access::Listed => "Chosen scopes",
    }
}

fn last_used(key: &Key, now: OffsetDateTime) -> AnyView {
    match key.last_used_at {
        Some(at) => when::ago_view(at, now).into_any(),
        None => view! { <span class="muted">"Never"</span> }.into_any(),
    }
}

/// For the list of all keys, or of those that need this kind of attention.
pub fn for_organization(
    slug: &str,
    keys: Vec<Key>,
    attention: Option<Attention>,
    now: OffsetDateTime,
) -> AnyView {
    let row = |key: Key| {
        let (href, status) = (routes::key(slug, key.id), status_tag(&key));
        let last = match (attention, key.expires_at) {
            (Some(Attention::Expiring), Some(at)) => when::left_view(at, now).into_any(),
            _ => last_used(&key, now),
        };
        let secondary = matches!(attention, None | Some(Attention::Secretless));
        let channel = key.channel.as_ref().map(|channel| {
            view! { <a href=routes::channel(slug, channel.id)>{channel.name.clone()}</a> }
        });
        view! {
            <tr>
                <Cell header=true>
                    <a href=href>{key.name}</a>
                </Cell>
                <Cell>
                    <code>{key.hint}</code>
                </Cell>
                <Cell secondary=true>{channel}</Cell>
                <Cell>{status}</Cell>
                <Cell numeric=true secondary=true>
                    {grouped_number(key.requests_24h.unsigned_abs())}
                </Cell>
                <Cell secondary=secondary>{last}</Cell>
            </tr>
        }
    };
    keys.into_iter().map(row).collect_view().into_any()
}

/// For the page of one channel.
pub fn for_channel(slug: &str, keys: Vec<Key>, now: OffsetDateTime, admin: bool) -> AnyView {
    let row = |key: Key| {
        let (href, status, used) =
            (routes::key(slug, key.id), status_tag(&key), last_used(&key, now));
        let regenerate = (admin && key.keeps_its_text().is_none()).then(|| {
            view! { <a href=routes::key_action(slug, key.id, "regenerate")>"Regenerate API key"</a> }
        });
        view! {
            <tr>
                <Cell header=true>
                    <a href=href>{key.name}</a>
                </Cell>
                <Cell secondary=true>
                    <code>{key.hint}</code>
                </Cell>
                <Cell>{status}</Cell>
                <Cell numeric=true secondary=true>
                    {grouped_number(key.requests_24h.unsigned_abs())}
                </Cell>
                <Cell secondary=true>{used}</Cell>
                <Cell>{regenerate}</Cell>
            </tr>
        }
    };
    keys.into_iter().map(row).collect_view().into_any()
}
