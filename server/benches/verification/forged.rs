//! Ten thousand keys a second that nobody ever made: what they cost, and that the database hears
//! nothing of them.

use domain::keys::text::PlainKey;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::load::{Connection, get};
use crate::process::{self, Latchkey};
use crate::seed::Seed;
use crate::{HOST, PATH, Result, report};

const CONNECTIONS: u32 = 10;
/// Of each connection.
const TICK: Duration = Duration::from_millis(5);
const A_TICK: u32 = 5;
const DIFFERENT: usize = 20_000;

pub async fn measure(
    latchkey: &Latchkey,
    seed: &mut Seed,
    good: &str,
    time: Duration,
) -> Result<()> {
    let mut forged = Vec::with_capacity(DIFFERENT);
    for _ in 0..DIFFERENT {
        forged.push(request(PlainKey::mint("dlvr_")?.expose()));
    }
    let before = seed.transactions().await?;
    tokio::time::sleep(time).await;
    let idle = seed.transactions().await? - before;
    let before = seed.transactions().await?;
    let refused = at_that_rate(latchkey, &forged, 401, time).await?;
    let meanwhile = seed.transactions().await? - before;
    // Last: what it leaves to be written, and to be tidied up, would count as the others'.
    let accepted = at_that_rate(latchkey, &[request(good)], 200, time).await?;
    report::say(&format!(
        "Forged keys, {:.0} a second for {time:?}: the database did {meanwhile} transactions meanwhile, and {idle} in \
         as long without any request; CPU {:.2} us each, {:.2} x that of accepted ones at {:.0} a second.",
        refused.per_second,
        refused.cpu_us,
        refused.cpu_us / accepted.cpu_us,
        accepted.per_second,
    ));
    Ok(())
}

fn request(key: &str) -> String {
    get(HOST, PATH, &format!("x-api-key: {key}\r\n"))
}

struct Measured {
    per_second: f64,
    cpu_us: f64,
}

/// The requests in turn, not as fast as they can be answered.
async fn at_that_rate(
    latchkey: &Latchkey,
    requests: &[String],
    status: u16,
    time: Duration,
) -> Result<Measured> {
    let (began, cpu) = (Instant::now(), process::cpu_seconds(latchkey.pid())?);
    let mut connections = JoinSet::new();
    let share = requests.len().div_ceil(usize::try_from(CONNECTIONS)?);
    for own in requests.chunks(share).cycle().take(usize::try_from(CONNECTIONS)?) {
        let (own, address) = (own.to_vec(), latchkey.api().to_owned());
        connections.spawn(async move { steadily(&address, &own, status, time).await });
    }
    let mut answered = 0;
    while let Some(connection) = connections.join_next().await {
        answered += connection??;
    }
    let requests = f64::from(answered);
    Ok(Measured {
        per_second: requests / began.elapsed().as_secs_f64(),
        cpu_us: (process::cpu_seconds(latchkey.pid())? - cpu) * 1e6 / requests,
    })
}

async fn steadily(address: &str, requests: &[String], status: u16, time: Duration) -> Result<u32> {
    let mut connection = Connection::open(address).await?;
    let mut ticks = interval(TICK);
    // What was missed is made up for: the rate stays.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (began, mut answered) = (Instant::now(), 0);
    let mut next = requests.iter().cycle();
    while began.elapsed() < time {
        ticks.tick().await;
        for request in next.by_ref().take(usize::try_from(A_TICK)?) {
            connection.expect(request, status).await?;
            answered += 1;
        }
    }
    Ok(answered)
}
