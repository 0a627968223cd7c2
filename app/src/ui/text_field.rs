//! One line of text.

use leptos::prelude::*;

use super::field::{control_id, described_by, error_view, field_class, hint_view, invalid};

/// A labelled one-line input. `kind` is its `type`.
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
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
            <input
                class="input"
                id=id
                name=name
                type=kind
                value=value
                required=required
                autofocus=autofocus
                autocomplete=autocomplete
                maxlength=maxlength
                aria-describedby=described
                aria-invalid=invalid(error.is_some())
            />
        </div>
    }
    .into_any()
}
