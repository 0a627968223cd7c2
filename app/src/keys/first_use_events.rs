//! Tells a page that waits for a key's first request, by server-sent events. Whichever node answered
//! the request, the database knows within a second.

use axum::extract::Path;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::ids::KeyId;
use domain::keys::get::get;
use domain::{Error, Result};
use futures_util::stream::{Stream, unfold};
use std::convert::Infallible;
use std::time::{Duration, Instant};

use super::first_use::{RECEIVED, is_used};
use crate::act::Act;
use crate::route_table::RouteTable;
use crate::state::State;
use crate::streams::Open;

/// How often the database is asked, for as long as somebody listens.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// At every so many questions: whether they are still signed in.
const LOOK_EVERY: u32 = 5;
/// Then the browser has to come again.
const AT_MOST: Duration = Duration::from_secs(300);
/// Proxies in front would otherwise keep the event until more comes.
const NO_BUFFER: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

pub fn router() -> RouteTable<State> {
    RouteTable::new().get("/{organization}/settings/api-keys/{key}/first-use", listen)
}

async fn listen(act: Act, Path((organization, key)): Path<(String, String)>) -> Response {
    let wanted = async {
        let key = key.parse()?;
        let member = act.member(&organization).await?;
        get(act.backend(), &member, key).await?;
        Ok::<_, Error>(key)
    };
    let key = match wanted.await {
        Ok(key) => key,
        Err(error) => return act.fail(error).await,
    };
    let Some(place) = act.state.streams.open(act.user().id) else {
        let words = "You have several pages open that wait for a request.\n";
        return (StatusCode::TOO_MANY_REQUESTS, words).into_response();
    };
    let waiting = Waiting { act, place, organization, key, until: Instant::now() + AT_MOST };
    let events = Sse::new(events(waiting)).keep_alive(KeepAlive::default());
    ([(CACHE_CONTROL, "no-store"), NO_BUFFER], events).into_response()
}

/// Somebody who listens.
struct Waiting {
    act: Act,
    place: Open,
    organization: String,
    key: KeyId,
    until: Instant,
}

/// One event at most, with which the stream ends.
fn events(waiting: Waiting) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(Some(waiting), |waiting| async move {
        let came = waiting?.first_request().await;
        // Browsers take no notice of an event without data.
        came.then(|| (Ok(Event::default().event(RECEIVED).data("true")), None))
    })
}

impl Waiting {
    /// Whether the first request has come, once it has or nobody should wait any longer.
    async fn first_request(mut self) -> bool {
        let mut asked = 0_u32;
        while Instant::now() < self.until {
            match self.look(asked.is_multiple_of(LOOK_EVERY)).await {
                Ok(false) => {}
                Ok(true) => return true,
                // Signed out, or not theirs to see any more; or the browser comes again.
                Err(_) => return false,
            }
            asked += 1;
            tokio::select! {
                () = tokio::time::sleep(ASK_EVERY) => {}
                () = self.place.closing() => return false,
            }
        }
        false
    }

    async fn look(&self, at_session_too: bool) -> Result<bool> {
        if at_session_too && !self.act.is_still_here().await? {
            return Err(Error::Unauthenticated);
        }
        let member = self.act.member(&self.organization).await?;
        Ok(is_used(&get(self.act.backend(), &member, self.key).await?))
    }
}
