//! One answer that suggests another.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement};

use super::page_events::{listen, with_form};

/// Put inside a form: ticking the box named `when` chooses the first answer of the radio group named
/// `choose`. The person may choose another one afterwards.
#[island]
pub fn Preselect(when: String, choose: String) -> impl IntoView {
    let marker = NodeRef::new();
    with_form(marker, move |form| {
        let (Some(when), Some(first)) = (input(form, &when), input(form, &choose)) else { return };
        let ticked = when.clone();
        listen(&when, "change", move |_| {
            if ticked.checked() {
                first.set_checked(true);
            }
        });
    });
    view! { <span node_ref=marker hidden></span> }
}

/// The form's first control of that name.
fn input(form: &HtmlFormElement, name: &str) -> Option<HtmlInputElement> {
    form.query_selector(&format!("input[name='{name}']")).ok().flatten()?.dyn_into().ok()
}
