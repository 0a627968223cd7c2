//! The line that waits for a new key's first accepted request and turns when it comes.

use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::EventSource;

/// What the server's event is called.
pub const RECEIVED: &str = "received";
/// How often the browser asks, where it cannot listen.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// After so long it gives up: the page was left open.
const GIVE_UP_AFTER: Duration = Duration::from_secs(900);

/// Whether the key has been accepted since its text was made.
#[cfg(feature = "ssr")]
pub fn is_used(key: &domain::keys::Key) -> bool {
    key.last_used_at.is_some_and(|at| at >= key.issued_at)
}

/// The same, for who cannot listen. None: whoever asks is not signed in, or the key is not theirs to
/// see; there is nothing to wait for.
#[server]
pub async fn first_use(organization: String, key: String) -> Result<Option<bool>, ServerFnError> {
    let Some(request) = crate::pages::Request::current() else { return Ok(None) };
    let key: domain::Result<_> = async {
        let member = request.member_of(&organization).await?;
        domain::keys::get::get(request.backend(), &member, key.parse()?).await
    }
    .await;
    match key {
        Ok(key) => Ok(Some(is_used(&key))),
        Err(domain::Error::Unavailable) => Ok(Some(false)),
        Err(_) => Ok(None),
    }
}

/// Where the browser asks. Open to everybody: whoever has signed out is told that there is nothing to
/// wait for, rather than led to the sign-in page once a second.
#[cfg(feature = "ssr")]
pub const FIRST_USE_QUESTION: &str = <FirstUse as leptos::server_fn::ServerFn>::PATH;

/// Listens at `events` until the first request has come.
#[island]
pub fn FirstUse(events: String, organization: String, key: String) -> impl IntoView {
    let received = RwSignal::new(false);
    Effect::new(move || {
        let (organization, key) = (organization.clone(), key.clone());
        listen(&events, received, move || ask(organization.clone(), key.clone(), received));
    });
    let text = move || {
        if received.get() { "First request received" } else { "Waiting for the first request…" }
    };
    view! {
        <p class="first-use" class:first-use--received=received role="status" data-testid="first-use">
            <span class="first-use__dot" aria-hidden="true"></span>
            {text}
        </p>
    }
}

/// Waits for the server's word. Browsers come again by themselves when a connection ends, unless they
/// were refused: then `otherwise`. Islands are not taken off a page, so neither is what listens.
fn listen(events: &str, received: RwSignal<bool>, otherwise: impl Fn() + 'static) {
    let Ok(source) = EventSource::new(events) else { return otherwise() };
    let came = source.clone();
    let came = Closure::<dyn FnMut()>::new(move || {
        came.close();
        received.set(true);
    });
    // Fails only for a target that is not one.
    let _ = source.add_event_listener_with_callback(RECEIVED, came.as_ref().unchecked_ref());
    came.forget();
    let refused = source.clone();
    let refused = Closure::<dyn FnMut()>::new(move || {
        if refused.ready_state() == EventSource::CLOSED {
            otherwise();
        }
    });
    source.set_onerror(Some(refused.as_ref().unchecked_ref()));
    refused.forget();
    set_timeout(move || source.close(), GIVE_UP_AFTER);
}

/// Asks once a second, for as long as there is something to wait for.
fn ask(organization: String, key: String, received: RwSignal<bool>) {
    let over = Rc::new(Cell::new(false));
    let ask = move || {
        if over.get() {
            return;
        }
        let (organization, key, over) = (organization.clone(), key.clone(), Rc::clone(&over));
        leptos::task::spawn_local(async move {
            // Without an answer, the server starts again, or the network is gone for a moment.
            let Ok(used) = first_use(organization, key).await else { return };
            // An earlier question may be answered later.
            if used != Some(false) {
                over.set(true);
            }
            if used == Some(true) {
                received.set(true);
            }
        });
    };
    if let Ok(asking) = set_interval_with_handle(ask, ASK_EVERY) {
        set_timeout(move || asking.clear(), GIVE_UP_AFTER);
    }
}
