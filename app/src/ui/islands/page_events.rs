//! Listening to events for as long as the page lives.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, EventTarget, HtmlFormElement};

/// Calls `handler` on every such event. Islands are not taken off a page, so neither is this.
pub(super) fn listen(target: &EventTarget, event: &str, handler: impl FnMut(Event) + 'static) {
    let handler = Closure::<dyn FnMut(Event)>::new(handler);
    // Fails only for a target that is not one.
    let _ = target.add_event_listener_with_callback(event, handler.as_ref().unchecked_ref());
    handler.forget();
}

/// The form around an element.
pub(super) fn closest_form(element: &Element) -> Option<HtmlFormElement> {
    element.closest("form").ok().flatten()?.dyn_into().ok()
}

/// Runs `start` once in the browser with the form around `marker`.
pub(super) fn with_form(
    marker: NodeRef<leptos::html::Span>,
    start: impl Fn(&HtmlFormElement) + 'static,
) {
    Effect::new(move || {
        if let Some(form) = marker.get().and_then(|marker| closest_form(&marker)) {
            start(&form);
        }
    });
}
