//! Several lines of text.

use leptos::prelude::*;

use super::field::{control_id, described_by, error_view, field_class, hint_view, invalid};

/// A labelled input of several lines, for lists of which each line is an entry.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(default = 3)] rows: u32,
) -> impl IntoView {
    let id = control_id(&name);
    let described = described_by(&name, hint.is_some(), error.is_some());
    view! {
        <div class=field_class(error.is_some())>
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            {hint_view(&name, hint)}
            {error_view(&name, error.clone())}
            <textarea
                class="input input--lines"
                id=id
                name=name
                rows=rows
                spellcheck="false"
                autocomplete="off"
                aria-describedby=described
                aria-invalid=invalid(error.is_some())
            >
                {value}
            </textarea>
        </div>
    }
    .into_any()
}
