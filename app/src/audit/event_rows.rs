//! Events as lines of a table, in words.

use domain::audit::ActorKind;
use domain::audit::changes::in_short;
use domain::audit::list::LoggedEvent;
use domain::ids::{ChannelId, KeyId};
use leptos::prelude::*;

use crate::ui::{Cell, StatusTag, Tone, grouped_number};
use crate::{routes, when};

/// `key.status_changed` as people say it: `Key status changed`.
pub fn action_text(action: &str) -> String {
    let text = action.replace(['.', '_'], " ");
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => text,
    }
}

/// Who did it; vendor staff are marked as such.
pub fn actor_text(event: &LoggedEvent) -> String {
    match (&event.actor_name, event.actor_kind) {
        (Some(name), _) => name.clone(),
        (None, ActorKind::Rep | ActorKind::Operator) => "Vendor staff".to_owned(),
        (None, ActorKind::Holder) => "Whoever held the key".to_owned(),
        (None, ActorKind::Member) => "A former member".to_owned(),
    }
}

fn actor(event: &LoggedEvent) -> impl IntoView + use<> {
    let is_rep = event.actor_kind != ActorKind::Member;
    let by_command = event.actor_kind == ActorKind::Operator;
    // A name beside the tag, where there is one.
    let name = (!is_rep || event.actor_name.is_some()).then(|| actor_text(event));
    let tag = is_rep.then(|| view! { <StatusTag tone=Tone::Info text="Vendor staff" /> });
    let command = by_command.then_some(" by command line");
    let email = event.actor_email.clone();
    view! {
        <span title=email>{name}</span>
        {tag}
        {command}
    }
}

/// Its name, with a link to its page where it has one.
fn target(slug: &str, event: &LoggedEvent) -> AnyView {
    let id = event.target_id;
    let name = event.target_name.clone().unwrap_or_else(|| {
        // Enough to tell two apart; the whole is in the download.
        let id = id.to_string();
        format!("…{}", &id[id.len() - 12..])
    });
    let known = event.target_name.is_some();
    match event.action.split('.').next() {
        Some("key") if known => {
            view! { <a href=routes::key(slug, KeyId(id))>{name}</a> }.into_any()
        }
        Some("channel") if known => {
            view! { <a href=routes::channel(slug, ChannelId(id))>{name}</a> }.into_any()
        }
        _ => name.into_any(),
    }
}

/// For the whole log.
pub fn for_log(slug: &str, events: Vec<LoggedEvent>) -> AnyView {
    let row = |event: LoggedEvent| {
        let (actor, target) = (actor(&event), target(slug, &event));
        let (action, change) = (action_text(&event.action), in_short(&event.details));
        let ip = event.ip.map(|ip| view! { <code>{ip}</code> });
        view! {
            <tr>
                <Cell>{when::column_view(event.at)}</Cell>
                <Cell header=true>{action}</Cell>
                <Cell>{target}</Cell>
                <Cell secondary=true>{actor}</Cell>
                <Cell secondary=true>{change}</Cell>
                <Cell secondary=true>{ip}</Cell>
                <Cell numeric=true secondary=true>
                    {format!("#{}", grouped_number(event.seq.unsigned_abs()))}
                </Cell>
            </tr>
        }
    };
    events.into_iter().map(row).collect_view().into_any()
}

/// For the page of one thing.
pub fn for_target(events: Vec<LoggedEvent>) -> AnyView {
    let row = |event: LoggedEvent| {
        let actor = actor(&event);
        let (action, change) = (action_text(&event.action), in_short(&event.details));
        view! {
            <tr>
                <Cell>{when::column_view(event.at)}</Cell>
                <Cell header=true>{action}</Cell>
                <Cell>{actor}</Cell>
                <Cell secondary=true>{change}</Cell>
            </tr>
        }
    };
    events.into_iter().map(row).collect_view().into_any()
}

#[cfg(test)]
mod tests {
    use super::action_text;

    #[test]
    fn actions_are_said_in_words() {
        assert_eq!(action_text("channel.status_changed"), "Channel status changed");
        assert_eq!(action_text(""), "");
    }
}
