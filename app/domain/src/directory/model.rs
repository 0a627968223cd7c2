//! The writer beside a simple map: whatever is changed, and in whichever portions the writer learns
//! of it, after each look both know the same texts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

use super::apply::Writer;
use super::load::{KeyRow, OrganizationRow};
use crate::Result;
use crate::clock::Clock;
use crate::keys::KeyStatus;
use crate::keys::digest::KeyDigest;
use crate::profiles::Profiles;

const SCHEDULES: u64 = 100_000;
const CHANGES: u64 = 12;
const STATUSES: [&str; 3] = ["ACTIVE", "DISABLED", "REVOKED"];

/// Marsaglia's xorshift: a failing schedule can be had again by its number.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % end
    }
}

/// The database as the writer sees it: rows, and notes that were not looked at yet.
#[derive(Default)]
struct Database {
    rows: HashMap<Uuid, (Vec<u8>, &'static str)>,
    notes: Vec<(Uuid, Option<Vec<u8>>)>,
    /// All texts that there ever were.
    texts: Vec<Vec<u8>>,
}

impl Database {
    fn new_text(&mut self) -> Vec<u8> {
        let number = u64::try_from(self.texts.len()).unwrap_or(0) + 1;
        let mut text = vec![0; 32];
        text[..8].copy_from_slice(&number.to_le_bytes());
        self.texts.push(text.clone());
        text
    }

    fn set(&mut self, id: Uuid, row: Option<(Vec<u8>, &'static str)>) {
        let before = match row {
            Some(row) => self.rows.insert(id, row),
            None => self.rows.remove(&id),
        };
        self.notes.push((id, before.map(|(text, _)| text)));
    }

    /// One transaction.
    fn change(&mut self, chance: &mut Chance) {
        let ids: Vec<_> = self.rows.keys().copied().collect();
        let some = usize::try_from(chance.below(1_000)).unwrap_or(0);
        let Some(id) = ids.get(some % ids.len().max(1)).copied().filter(|_| chance.below(4) > 0)
        else {
            let (id, text) = (Uuid::from_u128(u128::from(chance.below(u64::MAX))), self.new_text());
            return self.set(id, Some((text, "ACTIVE")));
        };
        let Some((text, status)) = self.rows.get(&id).cloned() else { return };
        match chance.below(5) {
            0 => self.set(id, None),
            1 => {
                let text = self.new_text();
                self.set(id, Some((text, status)));
            }
            // Regenerated with an overlap: the old text gets a row of its own.
            2 => {
                let (old, new) = (text, self.new_text());
                self.set(id, Some((new, status)));
                let draining = Uuid::from_u128(u128::from(chance.below(u64::MAX)));
                self.set(draining, Some((old, status)));
            }
            // Two keys swap their texts, by hand in SQL.
            3 => {
                let other = ids[some / 2 % ids.len()];
                let Some((others, of_other)) = self.rows.get(&other).cloned() else { return };
                if other != id {
                    self.set(id, Some((others, status)));
                    self.set(other, Some((text, of_other)));
                }
            }
            _ => {
                let place = usize::try_from(chance.below(3)).unwrap_or(0);
                self.set(id, Some((text, STATUSES[place])));
            }
        }
    }

    /// As the writer learns of all notes at once.
    fn look(&mut self, writer: &mut Writer) {
        let notes = std::mem::take(&mut self.notes);
        let ids: HashSet<_> = notes.iter().map(|(id, _)| *id).collect();
        let old: Vec<_> = notes.into_iter().filter_map(|(_, text)| text).collect();
        let mut kept = HashSet::new();
        for id in ids {
            if let Some((text, status)) = self.rows.get(&id) {
                writer.put_key(&row(id, text, status));
                kept.insert(text.clone());
            }
        }
        writer.forget_old(&old, &kept);
    }

    fn assert_same(&self, writer: &Writer, schedule: u64) {
        let table = writer.table.pin();
        assert_eq!(table.len(), self.rows.len(), "schedule {schedule}");
        for (id, (text, status)) in &self.rows {
            let digest = KeyDigest::try_from(text.clone()).map(|digest| digest.fingerprint());
            let known = digest.ok().and_then(|fingerprint| table.get(&fingerprint));
            let known = known.map(|record| (record.id.0, Some(record.status)));
            assert_eq!(known, Some((*id, KeyStatus::named(status))), "schedule {schedule}");
        }
    }
}

fn row(id: Uuid, text: &[u8], status: &str) -> KeyRow {
    KeyRow {
        id,
        organization_id: Uuid::nil(),
        channel_id: None,
        environment: "live".to_owned(),
        scopes: vec!["*".to_owned()],
        status: status.to_owned(),
        digest: text.to_vec(),
        secret_digest: None,
        secret_required: false,
        expires_at: None,
        not_before: None,
        scream_until: None,
        networks: Vec::new(),
        rate_limit: None,
        imported_prefix: None,
        draining_of: None,
        created_at: OffsetDateTime::UNIX_EPOCH,
    }
}

#[test]
fn the_writer_knows_what_a_simple_map_knows() -> Result<()> {
    let profiles = Arc::new(Profiles::built_in()?);
    for schedule in 1..=SCHEDULES {
        let (mut chance, mut database) = (Chance(schedule << 17 | 1), Database::default());
        let mut writer = Writer::new(
            Arc::default(),
            Arc::clone(&profiles),
            Clock::fixed(OffsetDateTime::UNIX_EPOCH),
        );
        writer.put_organization(OrganizationRow {
            id: Uuid::nil(),
            slug: "one".to_owned(),
            profile: "delphos".to_owned(),
            status: "ACTIVE".to_owned(),
            external_id: None,
            staleness_limit_s: 60,
            live_datastore: None,
            test_datastore: None,
            gates: Vec::new(),
        });
        for _ in 0..CHANGES {
            database.change(&mut chance);
            // Sometimes several changes at once.
            if chance.below(3) > 0 {
                database.look(&mut writer);
                database.assert_same(&writer, schedule);
            }
        }
        database.look(&mut writer);
        database.assert_same(&writer, schedule);
    }
    Ok(())
}
