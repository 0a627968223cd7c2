//! The top of a page: where it belongs, what it is, what can be done with it.

use leptos::prelude::*;

use super::{Icon, IconName};

/// Renders the page's only `h1`. `back` is the address and name of the page above; the children
/// are actions.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] subtitle: Option<String>,
    #[prop(optional)] back: Option<(String, String)>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="page-header">
            {back.map(|(href, label)| view! {
                <a class="page-header__back" href=href>
                    <Icon name=IconName::ArrowLeft />
                    <span>{label}</span>
                </a>
            })}
            <div class="page-header__line">
                <div class="page-header__text">
                    <h1>{title}</h1>
                    {subtitle.map(|text| view! { <p class="page-header__subtitle">{text}</p> })}
                </div>
                {children.map(|children| view! { <div class="cluster">{children()}</div> })}
            </div>
        </div>
    }
    .into_any()
}
