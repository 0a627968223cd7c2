//! From the moment at which a change is acknowledged until it is in force on every connection,
//! while other connections ask: as often as the program has to bear for long, and without a pause.

use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::load::{Case, Connection, Load, Pace, get};
use crate::seed::Seed;
use crate::{HOST, PATH, Result, report};

/// That have to refuse.
const WATCHED: usize = 8;
/// That keep the program busy.
const BUSY: usize = 8;
/// What this is measured at. The second leaves nothing of the machine for PostgreSQL but what it takes
/// from the load.
pub const PACES: [Pace; 2] = [Pace::PerSecond(20_000), Pace::Full];
/// How often each watched connection asks, where not all go as fast as they can.
const LOOK_EVERY: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections that stay open from one change to the next.
pub struct Watch {
    connections: Vec<Connection>,
    pause: Option<Duration>,
}

impl Watch {
    pub async fn open(address: &str, pace: Pace) -> Result<Self> {
        let mut connections = Vec::new();
        for _ in 0..WATCHED {
            connections.push(Connection::open(address).await?);
        }
        Ok(Self { connections, pause: (pace != Pace::Full).then_some(LOOK_EVERY) })
    }

    /// Waits until all of them get this status, each for one of the keys; how long since `began`.
    async fn until(&mut self, keys: &[String], status: u16, began: Instant) -> Result<Duration> {
        let mut asking = JoinSet::new();
        for (place, mut connection) in self.connections.drain(..).enumerate() {
            let request = get(HOST, PATH, &format!("x-api-key: {}\r\n", keys[place % keys.len()]));
            let pause = self.pause;
            asking.spawn(async move {
                while connection.ask(&request).await? != status {
                    if began.elapsed() > PATIENCE {
                        return Err("a change does not come into force".into());
                    }
                    if let Some(pause) = pause {
                        tokio::time::sleep(pause).await;
                    }
                }
                Result::Ok((connection, began.elapsed()))
            });
        }
        let mut last = Duration::ZERO;
        while let Some(asked) = asking.join_next().await {
            let (connection, took) = asked??;
            last = last.max(took);
            self.connections.push(connection);
        }
        Ok(last)
    }
}

/// The delays, and how often others asked meanwhile.
fn print(
    what: &str,
    pace: Pace,
    answered: u64,
    began: Instant,
    delays: Vec<Duration>,
) -> Result<()> {
    let rate = f64::from(u32::try_from(answered)?) / began.elapsed().as_secs_f64();
    let pause = if pace == Pace::Full { ", without a pause" } else { "" };
    let what = format!(
        "{what}, refused on all of {WATCHED} connections, while others ask {rate:.0} times a second{pause}"
    );
    report::print_delays(&what, delays);
    Ok(())
}

pub async fn of_keys(
    busy: &Case,
    seed: &mut Seed,
    organization: Uuid,
    times: usize,
    pace: Pace,
) -> Result<()> {
    let keys = seed.keys(organization, times).await?;
    let mut watch = Watch::open(&busy.address, pace).await?;
    watch.until(&keys[times - 1..], 200, Instant::now()).await?;
    let (began, load) = (Instant::now(), Load::at(busy, BUSY, pace));
    let mut delays = Vec::with_capacity(times);
    for key in &keys {
        let key = std::slice::from_ref(key);
        watch.until(key, 200, Instant::now()).await?;
        seed.set(&key[0], "status = 'REVOKED', revoked_at = now()").await?;
        delays.push(watch.until(key, 401, Instant::now()).await?);
    }
    let answered = load.end().await?;
    print("Revoked", pace, answered, began, delays)
}

pub async fn of_an_organization(
    busy: &Case,
    seed: &mut Seed,
    organization: Uuid,
    texts: &[String],
    times: usize,
    pace: Pace,
) -> Result<()> {
    // The last ones are known when all are.
    let sample = &texts[texts.len() - WATCHED..];
    let mut watch = Watch::open(&busy.address, pace).await?;
    watch.until(sample, 200, Instant::now()).await?;
    let (began, load) = (Instant::now(), Load::at(busy, BUSY, pace));
    let mut delays = Vec::with_capacity(times);
    for _ in 0..times {
        for (status, expected) in [("SUSPENDED", 403), ("ACTIVE", 200)] {
            sqlx::query("update organizations set status = $2 where id = $1")
                .bind(organization)
                .bind(status)
                .execute(seed.connection())
                .await?;
            let took = watch.until(sample, expected, Instant::now()).await?;
            if expected == 403 {
                delays.push(took);
            }
        }
    }
    let answered = load.end().await?;
    print(&format!("Organization of {} keys suspended", texts.len()), pace, answered, began, delays)
}
