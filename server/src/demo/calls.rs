//! A day of calls for the access log, with the one key of each organization whose text is known.

use domain::Backend;
use domain::access_log::{Call, Endpoint};
use domain::directory::KeyRecord;
use domain::profiles::Profile;
use domain::verification::Reason;
use std::net::{IpAddr, Ipv4Addr};

use super::Demo;
use super::random::Random;

const SEED: u64 = 20_260_302;
/// Calls of each organization.
const CALLS: u64 = 160;
/// Milliseconds over which they are spread.
const SPREAD_MS: u64 = 26 * 3_600_000;
/// The programs that call: their networks' last number and what they call themselves.
const PROGRAMS: [(u8, &str); 3] =
    [(17, "nightly-export/2.4 (python-requests/2.32)"), (42, "Intake/1.9"), (90, "curl/8.5.0")];

/// Adds calls to demo data that is new.
pub fn add_calls(backend: &Backend, demo: Option<&Demo>) {
    let Some(demo) = demo.filter(|demo| demo.new) else { return };
    let mut random = Random::new(SEED);
    for organization in &demo.file.organizations {
        let digest = backend.pepper.digest(organization.api_key.as_bytes());
        let key = backend.directory.find(&digest);
        let profile = backend.profiles.get(&organization.profile);
        if let (Some(key), Some(profile)) = (key, profile) {
            (0..CALLS).for_each(|_| add(backend, profile, &key, &mut random));
        }
    }
}

fn add(backend: &Backend, profile: &Profile, key: &KeyRecord, random: &mut Random) {
    let ago = i64::try_from(random.below(SPREAD_MS)).unwrap_or(0);
    let at_ms = backend.clock.now_ms() - ago;
    let Some(collection) = profile.collections.first() else { return };
    let (number, agent) =
        PROGRAMS[usize::try_from(random.below(10) / 5 + random.below(2)).unwrap_or(0)];
    let id = random.below(4) == 0;
    let item = format!("{}/{}", collection.path, 1_000 + random.below(9_000));
    // One in twenty comes too fast.
    let refused = random.below(20) == 0;
    let call = Call {
        request_id: backend.access_log.request_id(at_ms),
        at_ms,
        key,
        method: if !id && random.below(3) == 0 { "POST" } else { "GET" },
        endpoint: if id {
            Endpoint::Item(&collection.path)
        } else {
            Endpoint::Known(&collection.path)
        },
        path: if id { &item } else { &collection.path },
        status: if refused { 429 } else { 200 },
        reason: refused.then_some(Reason::RateLimited),
        duration_us: if refused { 90 } else { 600 + random.below(9_000) },
        ip: Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, number))),
        user_agent: Some(agent.as_bytes()),
        datastore: None,
        prefixes: [None, None],
    };
    // There is room for many more.
    let _ = backend.access_log.offer(&call, profile.access_log, &backend.node_name);
}
