//! The line that waits for a new key's first accepted request and turns when it comes.

use leptos::prelude::*;
use std::time::Duration;

/// How often the browser asks.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// When it gives up asking: the page was left open.
const ASK_AT_MOST: u32 = 900;

/// Whether the key has been accepted since its text was made.
#[server]
pub async fn first_use(organization: String, key: String) -> Result<bool, ServerFnError> {
    let refused = || ServerFnError::new("not available");
    let request = crate::pages::Request::current().ok_or_else(refused)?;
    let key = async {
        let member = request.member_of(&organization).await?;
        domain::keys::get::get(request.backend(), &member, key.parse()?).await
    };
    let key = key.await.map_err(|_| refused())?;
    Ok(key.last_used_at.is_some_and(|at| at >= key.issued_at))
}

/// Asks once a second until the first request has come.
#[island]
pub fn FirstUse(organization: String, key: String) -> impl IntoView {
    let received = RwSignal::new(false);
    Effect::new(move || {
        let asked = StoredValue::new(0);
        let (organization, key) = (organization.clone(), key.clone());
        let ask = move || {
            asked.update_value(|asked| *asked += 1);
            if received.get_untracked() || asked.get_value() > ASK_AT_MOST {
                return;
            }
            let (organization, key) = (organization.clone(), key.clone());
            leptos::task::spawn_local(async move {
                if first_use(organization, key).await.unwrap_or(false) {
                    received.set(true);
                }
            });
        };
        if let Ok(handle) = set_interval_with_handle(ask, ASK_EVERY) {
            on_cleanup(move || handle.clear());
        }
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
