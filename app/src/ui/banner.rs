//! A message about the whole page, in the page: it stays until it is read.

use leptos::prelude::*;

use super::{Icon, Tone};

#[component]
pub fn Banner(
    #[prop(optional)] tone: Tone,
    #[prop(into)] title: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let role = if tone == Tone::Danger { "alert" } else { "status" };
    let class = format!("banner banner--{}", tone.suffix());
    let icon = if tone == Tone::Neutral { Tone::Info.icon() } else { tone.icon() };
    view! {
        <div class=class role=role>
            <Icon name=icon />
            <div class="banner__body">
                <p class="banner__title">{title}</p>
                {children.map(|children| view! { <div class="banner__text">{children()}</div> })}
            </div>
        </div>
    }
    .into_any()
}
