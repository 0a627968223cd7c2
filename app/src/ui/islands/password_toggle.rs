//! Shows what is typed into a password field.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::ui::icon::glyph;
use crate::ui::icon_paths;

/// `control` is the id of the input. Invisible until it works.
#[island]
pub fn PasswordToggle(control: String) -> impl IntoView {
    let shown = RwSignal::new(false);
    let toggle = move |_| {
        let Some(input) = input_with_id(&control) else {
            return;
        };
        shown.update(|shown| *shown = !*shown);
        input.set_type(if shown.get_untracked() { "text" } else { "password" });
    };
    view! {
        <button type="button" class="button button--quiet password__toggle js-only" on:click=toggle>
            {glyph(icon_paths::EYE)}
            <span>
                {move || if shown.get() { "Hide" } else { "Show" }}
                <span class="visually-hidden">" password"</span>
            </span>
        </button>
    }
}

fn input_with_id(id: &str) -> Option<HtmlInputElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}
