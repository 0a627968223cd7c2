//! The state of a thing: icon and word, so that it does not hang on colour.

use leptos::prelude::*;

use super::{Icon, IconName, Tone};

#[component]
pub fn StatusTag(
    #[prop(optional)] tone: Tone,
    #[prop(into)] text: String,
    /// In place of the tone's own icon.
    #[prop(optional)]
    icon: Option<IconName>,
) -> impl IntoView {
    let class = format!("tag tag--{}", tone.suffix());
    view! {
        <span class=class>
            <Icon name=icon.unwrap_or(tone.icon()) />
            <span>{text}</span>
        </span>
    }
    .into_any()
}
