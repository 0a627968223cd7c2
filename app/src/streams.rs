//! Answers that stay open, by which pages hear of something when it happens.

use domain::ids::UserId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How many a person may have open at once: a few tabs. Browsers open six connections to a host, and
/// need some of them for all else.
const EACH: usize = 4;

/// Which are open, and the word that ends them all.
#[derive(Clone, Debug)]
pub struct Streams {
    open: Arc<Mutex<HashMap<UserId, usize>>>,
    closing: watch::Receiver<bool>,
}

impl Streams {
    /// Streams that end when `closing` says so: a server that stops waits for every answer.
    pub fn until(closing: watch::Receiver<bool>) -> Self {
        Self { open: Arc::default(), closing }
    }

    /// A place for one more of this person; none when they have enough.
    pub(crate) fn open(&self, user: UserId) -> Option<Open> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user).or_default();
        if *count >= EACH {
            return None;
        }
        *count += 1;
        Some(Open { streams: self.clone(), user })
    }
}

/// A stream's place, which is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Open {
    streams: Streams,
    user: UserId,
}

impl Open {
    /// Waits until all streams have to end.
    pub async fn closing(&mut self) {
        // An error means that nobody is left who could say so.
        let _ = self.streams.closing.wait_for(|closing| *closing).await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_has_a_few_and_all_end_together() {
        let (close, closing) = watch::channel(false);
        let streams = Streams::until(closing);
        let (one, two) = (UserId::generate(), UserId::generate());
        let mut held: Vec<_> = (0..EACH).filter_map(|_| streams.open(one)).collect();
        assert_eq!(held.len(), EACH);
        assert!(streams.open(one).is_none() && streams.open(two).is_some());
        held.pop();
        held.extend(streams.open(one));
        assert_eq!(held.len(), EACH, "a place was free");
        close.send_replace(true);
        for open in &mut held {
            open.closing().await;
        }
        drop(held);
        assert!(streams.open.lock().unwrap_or_else(PoisonError::into_inner).is_empty());
    }
}
