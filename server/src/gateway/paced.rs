//! A body that must keep coming.

use axum::body::{Body, Bytes};
use http_body::{Body as _, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// How a body is coming along.
#[derive(Debug, Default)]
pub struct Progress {
    pieces: AtomicU64,
    /// Asked for the next piece, which is not there yet.
    waiting: AtomicBool,
    broken: AtomicBool,
}

impl Progress {
    /// How many pieces have come.
    pub fn pieces(&self) -> u64 {
        self.pieces.load(Ordering::Relaxed)
    }

    /// Whether its sender is the one who is waited for.
    pub fn is_awaited(&self) -> bool {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether it ended before its end.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }
}

/// Breaks where the next piece takes too long.
#[derive(Debug)]
pub struct Paced {
    body: Body,
    patience: Duration,
    timer: Pin<Box<Sleep>>,
    progress: Arc<Progress>,
}

/// Why a paced body breaks.
#[derive(Debug, thiserror::Error)]
#[error("the body has stopped coming")]
struct Stalled;

impl Paced {
    /// What has nothing to come is left as it is.
    pub fn pace(body: Body, patience: Duration, progress: &Arc<Progress>) -> Body {
        if body.is_end_stream() {
            return body;
        }
        let timer = Box::pin(sleep(patience));
        Body::new(Self { body, patience, timer, progress: Arc::clone(progress) })
    }
}

impl http_body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) else {
            if !this.progress.waiting.swap(true, Ordering::Relaxed) {
                this.timer.as_mut().reset(Instant::now() + this.patience);
            }
            ready!(this.timer.as_mut().poll(context));
            this.progress.broken.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new(Stalled))));
        };
        this.progress.waiting.store(false, Ordering::Relaxed);
        match &frame {
            Some(Ok(_)) => {
                this.progress.pieces.fetch_add(1, Ordering::Relaxed);
            }
            Some(Err(_)) => this.progress.broken.store(true, Ordering::Relaxed),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
