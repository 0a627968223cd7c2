//! Events as lines of a table, in words.

use domain::audit::ActorKind;
use domain::audit::list::LoggedEvent;
use domain::ids::{ChannelId, KeyId};
use leptos::prelude::*;

use super::changes::in_short;
use crate::ui::{Cell, StatusTag, Tone, capitalized, grouped_number};
use crate::{routes, when};

/// `key.status_changed` as people say it: `Key status changed`.
pub fn action_text(action: &str) -> String {
    capitalized(&action.replace(['.', '_'], " "))
}

/// Somebody whose name the organization does not know, told apart by the end of their id.
pub fn nameless(kind: ActorKind, id: &str) -> String {
    let end = id.get(id.len().saturating_sub(4)..).unwrap_or(id);
    format!("{} (…{end})", side(kind))
}

fn side(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Rep | ActorKind::Operator => "Vendor staff",
        ActorKind::Holder => "Whoever held the key",
        ActorKind::Member => "A former member",
    }
}

/// Who did it; vendor staff are marked as such.
pub fn actor_text(event: &LoggedEvent) -> String {
    event.actor_name.clone().unwrap_or_else(|| side(event.actor_kind).to_owned())
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
    use super::{action_text, nameless};
    use domain::audit::ActorKind;

    #[test]
    fn actions_are_said_in_words() {
        assert_eq!(action_text("channel.status_changed"), "Channel status changed");
        assert_eq!(action_text(""), "");
    }

    #[test]
    fn staff_are_called_so() {
        assert_eq!(nameless(ActorKind::Rep, "0000-12ab"), "Vendor staff (…12ab)");
        assert_eq!(nameless(ActorKind::Member, "x"), "A former member (…x)");
    }
}
