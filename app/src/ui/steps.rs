//! A short list of things to do, some of them done.

use leptos::prelude::*;

use super::{Icon, IconName};

#[component]
pub fn Steps(children: Children) -> impl IntoView {
    view! { <ol class="steps">{children()}</ol> }.into_any()
}

#[component]
pub fn Step(
    done: bool,
    #[prop(into)] title: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let (class, icon, state) = if done {
        ("step step--done", IconName::CircleCheck, "Done: ")
    } else {
        ("step", IconName::Circle, "To do: ")
    };
    view! {
        <li class=class>
            <Icon name=icon />
            <div class="step__body">
                <p class="step__title">
                    <span class="visually-hidden">{state}</span>
                    {title}
                </p>
                {children.map(|children| view! { <div class="muted">{children()}</div> })}
            </div>
        </li>
    }
    .into_any()
}
