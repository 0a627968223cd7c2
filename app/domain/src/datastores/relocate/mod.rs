//! Moving an organization's documents to another datastore while its programs go on.
//!
//! Most is copied while they write. For the last moments writers are held: the mover has the
//! exclusive side of a lock that every write takes, copies what is left, compares both sides, and
//! leaves a mark by which the old database refuses writes from then on. Then one row of the control
//! database tells all nodes. Reads go on throughout.
//!
//! A crash before the mark changes nothing for anybody. After it, writers get 503 until the move is
//! run again or abandoned; a crash after the switch leaves copies behind, which another run takes
//! away. The unfinished copy has a mark of its own, by which it is told from documents that belong
//! there.

mod level;
mod plan;
mod side;
mod switch;

pub use plan::{Move, Obstacle, plan};

use std::time::{Duration, Instant};

use crate::nodes::receipt::receipt;
use crate::reps::Rep;
use crate::{Backend, Error, Result};
use level::level;
use side::Sum;

/// Rounds of copying while writers go on.
const ROUNDS: usize = 10;
/// So few are left to the end.
const FEW: u64 = 50;
/// How long nodes may take to learn of the switch; none serves longer without word.
const PATIENCE: Duration = Duration::from_secs(90);
const ASK_EVERY: Duration = Duration::from_millis(100);

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many documents were copied, or deleted, in this round.
    Copied(u64),
    /// Both sides have the same so many documents, and everybody has been told.
    Switched(i64),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub documents: i64,
    /// For how long writers waited or were refused, until all was told.
    pub held: Duration,
    /// Whether the old database has none of the documents any more: not while a node that runs may
    /// still read there.
    pub cleared: bool,
}

/// Moves them; `tell` hears how it goes.
pub async fn relocate(
    backend: &Backend,
    rep: &Rep,
    it: &Move,
    mut tell: impl FnMut(Progress) + Send,
) -> Result<std::result::Result<Moved, Obstacle>> {
    let Some(alone) = it.alone(backend).await? else { return Ok(Err(Obstacle::UnderWay)) };
    it.to.close().await?;
    for _ in 0..ROUNDS {
        let changed = level(backend, it).await?;
        tell(Progress::Copied(changed));
        if changed <= FEW {
            break;
        }
    }
    let mut held = it.from.hold().await?;
    let began = Instant::now();
    level(backend, it).await?;
    let (here, there): (Sum, Sum) = (it.from.sum().await?, it.to.sum().await?);
    if here != there {
        return Ok(Err(Obstacle::Differs));
    }
    it.from.mark(&mut held, &it.to.name).await?;
    held.commit().await?;
    if let Err(error) = switch::switch(backend, rep, it, here.documents).await {
        // Its answer may have been lost; unless it is known that nothing happened, nobody writes.
        if !it.is_switched(backend, rep).await? {
            it.from.open().await?;
            return Err(error);
        }
    }
    it.to.open().await?;
    let held = began.elapsed();
    tell(Progress::Switched(here.documents));
    backend.directory.catch_up().await;
    let cleared = all_know(backend, it).await?;
    if cleared {
        it.from.clear().await?;
    }
    drop(alone);
    Ok(Ok(Moved { documents: here.documents, held, cleared }))
}

/// Takes back what a move that came to no end has done: copies go, and writers go on. The documents
/// must not have been switched.
pub async fn abandon(
    backend: &Backend,
    _: &Rep,
    it: &Move,
) -> Result<std::result::Result<(), Obstacle>> {
    let Some(alone) = it.alone(backend).await? else { return Ok(Err(Obstacle::UnderWay)) };
    it.to.clear().await?;
    it.to.open().await?;
    it.from.open().await?;
    drop(alone);
    Ok(Ok(()))
}

/// Takes away what a move that was interrupted after the switch has left in other databases. Says
/// how many documents that were.
pub async fn tidy(backend: &Backend, _: &Rep, it: &Move) -> Result<u64> {
    let Some(alone) = it.alone(backend).await? else { return Ok(0) };
    it.to.open().await?;
    if !all_know(backend, it).await? {
        return Err(Error::Conflict("A node has not learned of the move yet; try again later."));
    }
    let mut cleared = 0;
    for side in it.others(backend) {
        // One that is down is left for later.
        if side.has_left(&it.to.name).await.unwrap_or(false) {
            cleared += side.clear().await?;
        }
    }
    drop(alone);
    Ok(cleared)
}

/// Whether every node that runs goes by the newest row of the organization.
async fn all_know(backend: &Backend, it: &Move) -> Result<bool> {
    let began = Instant::now();
    while !receipt(backend, it.organization.0, began).await?.is_whole() {
        if began.elapsed() > PATIENCE {
            return Ok(false);
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    Ok(true)
}
