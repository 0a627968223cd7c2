//! What stops when somebody goes.

use domain::ids::ChannelId;
use leptos::prelude::*;

use crate::routes;
use crate::ui::{Banner, Tone};

/// The channels that act as them, with a link to each: another acting user keeps it running.
pub fn stopped_channels(slug: &str, channels: &[(ChannelId, String)]) -> Option<AnyView> {
    let (title, them) = match channels {
        [] => return None,
        [_] => ("A channel is switched off".to_owned(), "it"),
        several => (format!("{} channels are switched off", several.len()), "each of them"),
    };
    let links = channels.iter().map(|(id, name)| {
        view! {
            <li>
                <a href=routes::channel(slug, *id)>{name.clone()}</a>
            </li>
        }
    });
    let links = links.collect_view();
    let banner = view! {
        <Banner tone=Tone::Danger title=title>
            <p>
                {format!("Calls through {them} are made in this person's name. Give {them} another acting user first, and nothing stops.")}
            </p>
            <ul>{links}</ul>
        </Banner>
    };
    Some(banner.into_any())
}
