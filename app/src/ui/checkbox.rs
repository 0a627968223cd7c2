//! Yes or no.

use leptos::prelude::*;

use super::field::{control_id, described_by, error_view, field_class, hint_view, invalid};

/// A ticked or unticked box; `value` is what the form sends for yes.
#[component]
pub fn Checkbox(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(default = "true".to_owned(), into)] value: String,
    #[prop(optional)] checked: bool,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    let id = control_id(&name);
    let described = described_by(&name, hint.is_some(), error.is_some());
    view! {
        <div class=field_class(error.is_some())>
            {error_view(&name, error.clone())}
            <div class="option">
                <input
                    class="option__control"
                    type="checkbox"
                    id=id.clone()
                    name=name.clone()
                    value=value
                    checked=checked
                    required=required
                    aria-describedby=described
                    aria-invalid=invalid(error.is_some())
                />
                <label class="option__label" for=id>{label}</label>
                {hint_view(&name, hint)}
            </div>
        </div>
    }
    .into_any()
}
