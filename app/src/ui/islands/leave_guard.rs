//! A word before something is lost that cannot be shown again.

use std::{cell::Cell, rc::Rc};

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{BeforeUnloadEvent, HtmlFormElement};

use super::page_events::{listen, with_form};

/// Put inside a form: the browser asks before the page is left other than by sending that form.
#[island]
pub fn LeaveGuard() -> impl IntoView {
    let marker = NodeRef::new();
    with_form(marker, guard);
    view! { <span node_ref=marker hidden></span> }
}

fn guard(form: &HtmlFormElement) {
    let sent = Rc::new(Cell::new(false));
    let sending = Rc::clone(&sent);
    listen(form, "submit", move |_| sending.set(true));
    listen(&window(), "beforeunload", move |event| {
        if sent.get() {
            return;
        }
        event.prevent_default();
        // Some browsers ask only when this is set; none shows the text.
        if let Some(event) = event.dyn_ref::<BeforeUnloadEvent>() {
            event.set_return_value("Not stored yet");
        }
    });
}
