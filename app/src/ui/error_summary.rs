//! All errors of a form in one place, which takes the focus when the page opens.

use leptos::prelude::*;

use super::field::control_id;
use super::icon::glyph;
use super::icon_paths;

/// What is wrong with one field; without a name, with the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMessage {
    pub field: String,
    pub message: String,
}

impl FieldMessage {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// The list of errors with a link to each field that can be seen; nothing when there are none.
#[component]
pub fn ErrorSummary(messages: Vec<FieldMessage>) -> impl IntoView {
    (!messages.is_empty()).then(|| {
        let items = messages
            .into_iter()
            .map(|FieldMessage { field, message }| {
                let item = if field.is_empty() {
                    message.into_any()
                } else {
                    let href = format!("#{}", control_id(&field));
                    view! { <a href=href>{message}</a> }.into_any()
                };
                view! { <li>{item}</li> }
            })
            .collect_view();
        view! {
            <div class="banner banner--danger error-summary" role="alert" tabindex="-1" autofocus>
                {glyph(icon_paths::CIRCLE_X)}
                <div class="banner__body">
                    <h2 class="banner__title">"There is a problem"</h2>
                    <ul>{items}</ul>
                </div>
            </div>
        }
        .into_any()
    })
}
