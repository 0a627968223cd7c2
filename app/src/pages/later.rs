//! Pages that are sent as they grow: what is quickly there first, what takes longer when it is there.
//! They need no script, since everything comes in its order.

use domain::{Error, Result};
use futures_util::FutureExt;
use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use std::future::Future;
use tokio::sync::oneshot;
use tracing::Instrument;

use super::{ErrorPage, Request};
use crate::ui::{Banner, Tone};

/// Nothing is sent before this is known, be it a page or an error's: the answer's status, headers and
/// title come from it. Only where a route streams in order is this waited for.
pub(super) fn first<F>(framed: F) -> impl Future<Output = Result<AnyView>> + Send + 'static
where
    F: Future<Output = Result<AnyView>> + Send + 'static,
{
    let (known, page) = oneshot::channel();
    let framed = ScopedFuture::new(async move {
        let page = framed.await.unwrap_or_else(|error| view! { <ErrorPage error /> }.into_any());
        // Whoever asked may be gone.
        let _ = known.send(page);
    });
    if let Some(answer) = Owner::current_shared_context() {
        // What is waited for has to be `Sync`, which shared futures are.
        answer.defer_stream(Box::pin(framed.boxed().shared()));
    }
    async { page.await.map_err(|_| Error::Internal("a page that was given up".to_owned())) }
}

/// A part of the page that may take longer than the rest. It is read at once, however slowly the
/// visitor takes what there is: nothing in the database waits for them.
pub fn later<T, F, V>(part: F, show: impl FnOnce(T) -> V + Send + 'static) -> impl IntoView
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
    V: IntoView + 'static,
{
    let part = tokio::spawn(part.in_current_span());
    view! {
        <Suspense>
            {Suspend::new(async move {
                let part = part.await.unwrap_or_else(|gone| Err(Error::Internal(gone.to_string())));
                part.map_or_else(missing, |part| show(part).into_any())
            })}
        </Suspense>
    }
}

/// It is too late for another status.
fn missing(error: Error) -> AnyView {
    let request_id = Request::current().map(|request| request.id()).unwrap_or_default();
    tracing::error!(request_id, ?error, "a part of a page failed");
    view! {
        <Banner tone=Tone::Danger title="The rest of this page is missing">
            {format!("It could not be read. Load the page again; if it happens again, report the request id {request_id}.")}
        </Banner>
    }
    .into_any()
}
