//! Work that no request waits for, told to whoever watches the program from outside.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A piece of work that has just been done, or was tried.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    pub name: &'static str,
    pub took: Duration,
    /// How many rows, letters or the like it was about.
    pub items: usize,
    pub failed: bool,
}

type Tell = dyn Fn(&Work) + Send + Sync;

/// Who is told. Nobody, unless somebody asked for it.
#[derive(Clone, Default)]
pub struct Watch(Option<Arc<Tell>>);

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.0.is_some()).finish()
    }
}

impl Watch {
    pub fn new(tell: impl Fn(&Work) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    /// Does the work, and tells of it. What was about nothing, and went well, is not told.
    pub async fn over<T, E>(
        &self,
        name: &'static str,
        items: usize,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(tell) = &self.0 else { return work.await };
        let began = Instant::now();
        let outcome = work.await;
        let failed = outcome.is_err();
        if items > 0 || failed {
            tell(&Work { name, took: began.elapsed(), items, failed });
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, PoisonError};

    #[tokio::test]
    async fn work_is_told_once_it_is_done() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let inbox = Arc::clone(&told);
        let watch = Watch::new(move |work| {
            let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
            inbox.push((work.name, work.items, work.failed));
        });
        assert_eq!(watch.over("a", 2, async { Ok::<_, ()>(7) }).await, Ok(7));
        assert_eq!(watch.over("b", 0, async { Ok::<_, ()>(8) }).await, Ok(8));
        assert_eq!(watch.over("c", 0, async { Err::<(), _>(9) }).await, Err(9));
        assert_eq!(Watch::default().over("d", 1, async { Ok::<_, ()>(1) }).await, Ok(1));
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(*told, [("a", 2, false), ("c", 0, true)]);
    }
}
