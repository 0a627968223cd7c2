//! A password, which the browser can show on request.

use leptos::prelude::*;

use super::PasswordToggle;
use super::field::{control_id, described_by, error_view, field_class, hint_view, invalid};

/// A labelled password input. It never carries a value: what was typed is not sent back.
#[component]
pub fn PasswordField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(default = "current-password")] autocomplete: &'static str,
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
            <div class="password">
                <input
                    class="input"
                    id=id.clone()
                    name=name
                    type="password"
                    required=required
                    autofocus=autofocus
                    autocomplete=autocomplete
                    spellcheck="false"
                    aria-describedby=described
                    aria-invalid=invalid(error.is_some())
                />
                <PasswordToggle control=id />
            </div>
        </div>
    }
    .into_any()
}
