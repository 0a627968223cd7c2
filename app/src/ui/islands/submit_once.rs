//! One press, one request.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::prelude::*;
use web_sys::HtmlFormElement;

use super::page_events::{listen, with_form};

/// A server that has not answered by now may never: let the person try again.
const PATIENCE: Duration = Duration::from_secs(15);

/// Put inside a form: drops further submits while the first is under way. The server must refuse
/// repeats all the same.
#[island]
pub fn SubmitOnce() -> impl IntoView {
    let marker = NodeRef::new();
    with_form(marker, guard);
    view! { <span node_ref=marker hidden></span> }
}

fn guard(form: &HtmlFormElement) {
    let busy = Rc::new(Cell::new(false));
    let release = {
        let (busy, form) = (Rc::clone(&busy), form.clone());
        move || {
            busy.set(false);
            let _ = form.remove_attribute("aria-busy");
        }
    };
    let after_patience = release.clone();
    let guarded = form.clone();
    listen(form, "submit", move |event| {
        if busy.replace(true) {
            event.prevent_default();
            return;
        }
        // The buttons stay enabled: a disabled one would not send its name and value.
        let _ = guarded.set_attribute("aria-busy", "true");
        set_timeout(after_patience.clone(), PATIENCE);
    });
    // Back from the next page, the browser may show this one as it was left.
    listen(&window(), "pageshow", move |_| release());
}
