//! What is true in the database, as those know who change it.

use domain::Backend;
use domain::ids::KeyId;
use domain::verification::{Demand, Outcome, Presented, Reason, verify};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A key that is judged all the time.
pub struct Watched {
    pub id: KeyId,
    text: String,
    state: Mutex<State>,
}

/// What the last committed change said, and whether one is under way whose end nobody knows yet.
#[derive(Clone, Copy)]
struct State {
    refused: bool,
    since: Instant,
    under_way: bool,
}

impl Watched {
    /// A key that is accepted.
    pub fn new(id: KeyId, text: String) -> Self {
        let state = State { refused: false, since: Instant::now(), under_way: false };
        Self { id, text, state: Mutex::new(state) }
    }

    pub fn is_refused(&self) -> bool {
        self.state().refused
    }

    /// A change begins: until it ends, either answer is right.
    pub fn begin(&self) {
        self.change(|state| state.under_way = true);
    }

    /// The change is committed.
    pub fn end(&self, refused: bool) {
        self.change(|state| *state = State { refused, since: Instant::now(), under_way: false });
    }

    /// What the directory says now.
    pub fn verdict(&self, backend: &Backend) -> Outcome {
        let presented = Presented { key: Some(self.text.as_bytes()), ..Presented::default() };
        verify(backend, presented, Demand::default()).outcome()
    }

    /// Judges now, and says how long ago its refusal was committed when it is accepted all the
    /// same. Counted to the moment of asking: whoever judges may be made to wait for its answer.
    pub fn stale_yes(&self, backend: &Backend) -> Option<Duration> {
        let before = self.state();
        let asked = Instant::now();
        let accepted = self.verdict(backend) == Outcome::Accepted;
        let after = self.state();
        // Meanwhile the key may have been accepted again.
        let settled = before.since == after.since && !before.under_way && !after.under_way;
        (accepted && settled && before.refused).then(|| asked - before.since)
    }

    /// Whether it is refused for a reason that is not its own and not the database's absence.
    pub fn wrong_no(&self, backend: &Backend) -> Option<Outcome> {
        let outcome = self.verdict(backend);
        let right = matches!(outcome, Outcome::Accepted | Outcome::Refused(Reason::Stale));
        (!right).then_some(outcome)
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
