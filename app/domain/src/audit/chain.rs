//! The chain of an organization's events, apart from any database: what a break in it says. What is
//! hashed stands in [`super::line`].

use std::collections::BTreeMap;

pub use super::line::{BEGINNING, Event, Head, Line};

/// What is wrong with a chain, at the first place where something is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("#{0} was edited, or moved here from another place")]
    Edited(i64),
    #[error("#{0} is missing")]
    Missing(i64),
    #[error("#{0} to #{1} are missing")]
    MissingRange(i64, i64),
    #[error("#{0} does not follow from #{before}: one of the two was replaced", before = .0 - 1)]
    Unlinked(i64),
    #[error("#{0} is there more than once, or out of order")]
    Repeated(i64),
    #[error("#{0} was added behind the log's end")]
    BehindEnd(i64),
    #[error("#{0} is not the event that the log ended with")]
    OtherEnd(i64),
    #[error("where the log ends is not on record: its newest events may be missing")]
    NoHead,
    #[error("{0} events without a number were slipped in")]
    Unnumbered(i64),
}

impl Damage {
    /// The number of the first bad event, where it has one.
    pub fn seq(&self) -> Option<i64> {
        match self {
            Self::Edited(seq)
            | Self::Missing(seq)
            | Self::MissingRange(seq, _)
            | Self::Unlinked(seq)
            | Self::Repeated(seq)
            | Self::BehindEnd(seq)
            | Self::OtherEnd(seq) => Some(*seq),
            Self::NoHead | Self::Unnumbered(_) => None,
        }
    }

    fn missing(from: i64, to: i64) -> Self {
        if from == to { Self::Missing(from) } else { Self::MissingRange(from, to) }
    }
}

/// What was found out about one organization's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub organization_id: String,
    /// Its slug; empty where no head names it.
    pub organization: String,
    /// All events up to this one are as they were written; from where the check began.
    pub verified: i64,
    /// The hash of that one. Whoever keeps it elsewhere can tell later that nothing before it has
    /// changed, even by somebody who recomputed everything.
    pub hash: String,
    pub damage: Option<Damage>,
}

/// Checks one organization's chain, event by event.
#[derive(Clone, Debug)]
pub struct Chain {
    verdict: Verdict,
    ended: bool,
}

impl Chain {
    /// From the first event on.
    pub fn new(organization_id: String) -> Self {
        Self::after(organization_id, 0, BEGINNING.to_owned())
    }

    /// From the event after `seq` on, whose hash is taken on trust.
    pub fn after(organization_id: String, seq: i64, hash: String) -> Self {
        let verdict = Verdict {
            organization_id,
            organization: String::new(),
            verified: seq,
            hash,
            damage: None,
        };
        Self { verdict, ended: false }
    }

    /// The next event.
    pub fn push(&mut self, event: &Event) {
        if self.verdict.damage.is_some() {
            return;
        }
        let next = self.verdict.verified + 1;
        let damage = if self.ended {
            Some(Damage::BehindEnd(event.seq))
        } else if event.seq < next {
            Some(Damage::Repeated(event.seq))
        } else if event.seq > next {
            Some(Damage::missing(next, event.seq - 1))
        } else if event.computed_hash() != event.hash {
            Some(Damage::Edited(event.seq))
        } else if event.previous_hash != self.verdict.hash {
            Some(Damage::Unlinked(event.seq))
        } else {
            None
        };
        if damage.is_some() {
            self.verdict.damage = damage;
        } else {
            self.verdict.verified = event.seq;
            self.verdict.hash.clone_from(&event.hash);
        }
    }

    /// No event comes after this.
    pub fn end(&mut self, head: &Head) {
        self.ended = true;
        self.verdict.organization.clone_from(&head.organization);
        let (verified, end) = (self.verdict.verified, head.seq);
        if self.verdict.damage.is_none() {
            self.verdict.damage = if verified < end {
                Some(Damage::missing(verified + 1, end))
            } else if verified > end {
                Some(Damage::BehindEnd(end + 1))
            } else if self.verdict.hash != head.hash {
                Some(Damage::OtherEnd(end))
            } else {
                None
            };
        }
    }

    /// Notes what only the database can tell.
    pub(super) fn note(&mut self, damage: Damage) {
        self.verdict.damage.get_or_insert(damage);
    }

    pub fn verdict(mut self) -> Verdict {
        if !self.ended {
            self.note(Damage::NoHead);
        }
        self.verdict
    }
}

/// Checks the lines of an export, of one organization or several. An organization whose lines are
/// missing altogether has no verdict.
pub fn verify_chain<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Vec<Verdict> {
    let mut chains = Chains::default();
    for line in lines {
        chains.push(line);
    }
    chains.verdicts()
}

/// The same, line by line, for exports that are better not held in memory.
#[derive(Debug, Default)]
pub struct Chains(BTreeMap<String, Chain>);

impl Chains {
    pub fn push(&mut self, line: &Line) {
        let id = match line {
            Line::Event(event) => &event.organization_id,
            Line::Head(head) => &head.organization_id,
        };
        let chain = self.0.entry(id.clone()).or_insert_with(|| Chain::new(id.clone()));
        match line {
            Line::Event(event) => chain.push(event),
            Line::Head(head) => chain.end(head),
        }
    }

    pub fn verdicts(self) -> Vec<Verdict> {
        self.0.into_values().map(Chain::verdict).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: i64, previous_hash: &str) -> Event {
        let mut event = Event {
            organization_id: "0190e0a0-0000-7000-8000-00000000000a".to_owned(),
            seq,
            id: format!("0190e0a0-0000-7000-8000-{seq:012}"),
            at: "2026-03-01T10:30:00.000000Z".to_owned(),
            actor_kind: "member".to_owned(),
            actor_user_id: "0190e0a0-0000-7000-8000-0000000000bb".to_owned(),
            action: "key.revoked".to_owned(),
            target_id: "0190e0a0-0000-7000-8000-0000000000cc".to_owned(),
            details: r#"{"before": "ACTIVE"}"#.to_owned(),
            ip: None,
            request_id: Some("é".to_owned()),
            previous_hash: previous_hash.to_owned(),
            hash: String::new(),
        };
        event.hash = event.computed_hash();
        event
    }

    /// Five events and their head.
    fn lines() -> Vec<Line> {
        let mut lines = Vec::new();
        let mut hash = BEGINNING.to_owned();
        let mut organization_id = String::new();
        for seq in 1..=5 {
            let event = event(seq, &hash);
            hash.clone_from(&event.hash);
            organization_id.clone_from(&event.organization_id);
            lines.push(Line::Event(event));
        }
        let organization = "one".to_owned();
        lines.push(Line::Head(Head { organization_id, organization, seq: 5, hash }));
        lines
    }

    fn damage(lines: &[Line]) -> Option<Damage> {
        let verdicts = verify_chain(lines);
        let [verdict] = verdicts.as_slice() else { panic!("{verdicts:?}") };
        verdict.damage.clone()
    }

    fn edit(line: &mut Line, change: impl FnOnce(&mut Event)) {
        if let Line::Event(event) = line {
            change(event);
        }
    }

    #[test]
    fn what_was_written_verifies() {
        let verdicts = verify_chain(&lines());
        assert_eq!(verdicts.len(), 1);
        assert_eq!((verdicts[0].verified, verdicts[0].organization.as_str()), (5, "one"));
        assert_eq!(verdicts[0].damage, None);
    }

    #[test]
    fn the_encoding_stays_what_it_is() {
        // As PostgreSQL computes it, and anybody else who follows the description: a change here
        // would break every log.
        assert_eq!(
            event(1, BEGINNING).hash,
            "a033491842ff77803d95c3a9ba5e516b3d93edde98fa58002f90b37d1d43eef0"
        );
    }

    #[test]
    fn every_field_counts() {
        let changes: [fn(&mut Event); 11] = [
            |event| event.id.push('0'),
            |event| event.at = event.at.replace("10:30", "10:31"),
            |event| event.actor_kind = "rep".to_owned(),
            |event| event.actor_user_id.push('0'),
            |event| event.action = "key.enabled".to_owned(),
            |event| event.target_id.push('0'),
            |event| event.details.push(' '),
            |event| event.ip = Some(String::new()),
            |event| event.request_id = None,
            |event| event.previous_hash = BEGINNING.to_owned(),
            |event| event.hash = BEGINNING.to_owned(),
        ];
        for change in changes {
            let mut lines = lines();
            edit(&mut lines[2], change);
            assert_eq!(damage(&lines), Some(Damage::Edited(3)));
        }
        // What one field loses, the next one cannot win.
        let mut lines = lines();
        edit(&mut lines[2], |event| {
            event.action = "key.revoke".to_owned();
            event.target_id.insert(0, 'd');
        });
        assert_eq!(damage(&lines), Some(Damage::Edited(3)));
    }

    #[test]
    fn lines_cannot_be_removed_moved_or_added() {
        let without = |places: std::ops::Range<usize>| {
            let mut lines = lines();
            lines.drain(places);
            lines
        };
        assert_eq!(damage(&without(0..1)), Some(Damage::Missing(1)));
        assert_eq!(damage(&without(1..3)), Some(Damage::MissingRange(2, 3)));
        assert_eq!(damage(&without(4..5)), Some(Damage::Missing(5)), "the newest");
        assert_eq!(damage(&without(5..6)), Some(Damage::NoHead));
        let mut swapped = lines();
        swapped.swap(1, 2);
        assert_eq!(damage(&swapped), Some(Damage::Missing(2)));
        let mut twice = lines();
        twice.insert(2, twice[1].clone());
        assert_eq!(damage(&twice), Some(Damage::Repeated(2)));
        let mut behind = lines();
        behind.push(Line::Event(event(6, BEGINNING)));
        assert_eq!(damage(&behind), Some(Damage::BehindEnd(6)));
    }

    #[test]
    fn a_row_with_a_hash_made_to_fit_does_not_fit_its_neighbours() {
        let mut forged = lines();
        edit(&mut forged[2], |event| {
            event.details = "{}".to_owned();
            event.hash = event.computed_hash();
        });
        assert_eq!(damage(&forged), Some(Damage::Unlinked(4)));
        let mut last = lines();
        edit(&mut last[4], |event| {
            event.details = "{}".to_owned();
            event.hash = event.computed_hash();
        });
        assert_eq!(damage(&last), Some(Damage::OtherEnd(5)));
    }
}
