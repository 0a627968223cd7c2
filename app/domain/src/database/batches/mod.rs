//! Writing what gathers in memory, batch by batch. Each batch has a number that its transaction
//! writes down: when the answer to COMMIT is lost, the batch is sent again under its number and
//! counts once.

use sqlx::PgConnection;
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::Date;
use tokio::sync::watch;
use uuid::Uuid;

use super::partitions::Partitions;
use crate::{Backend, Error, Result};

/// Tries at the end, before what is left is given up.
const LAST_TRIES: usize = 10;

/// What was taken to be written by one transaction.
pub(crate) trait Batch {
    fn is_empty(&self) -> bool;

    /// How many rows it has, of whatever kind there are most of.
    fn items(&self) -> usize;

    /// The days, in UTC, that need partitions.
    fn days(&self) -> BTreeSet<Date>;
}

/// Where something gathers, and how it is written.
pub(crate) trait Source {
    type Batch: Batch;

    /// What whoever watches the program's work knows it by.
    const WORK: &'static str;
    /// How often a batch is written.
    const EVERY: Duration;
    /// How long until the next try, while the database cannot be reached.
    const AGAIN: Duration;

    /// All that has gathered, as the batch of this number; nothing is taken twice.
    fn take(&self, seq: i64) -> Self::Batch;

    /// Ends when there is so much that it should be written early.
    fn much(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// Adds the batch's rows, within a transaction.
    fn write(
        &self,
        connection: &mut PgConnection,
        batch: &Self::Batch,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The batch, which was not empty, is in the database.
    fn written(&self, batch: &Self::Batch, took: Duration);

    /// It is not, and will be tried again.
    fn failed(&self, batch: &Self::Batch, error: &Error);

    /// It never will be.
    fn given_up(&self);
}

/// Writes one source's batches.
pub(crate) struct Writer<S> {
    backend: Arc<Backend>,
    /// In the ledger of batches that have been written.
    id: Uuid,
    source: S,
    partitions: Vec<Partitions>,
}

impl<S: Source> Writer<S> {
    /// Writes into tables with these partitions, which it looks after, batches that are known by
    /// this id and by their numbers.
    pub(crate) fn new(
        backend: Arc<Backend>,
        id: Uuid,
        source: S,
        partitions: Vec<Partitions>,
    ) -> Self {
        Self { backend, id, source, partitions }
    }

    /// Writes until told to stop, then once more, so that nothing is left. Says whether that is so.
    pub(crate) async fn write_until(mut self, mut stop: watch::Receiver<bool>) -> bool {
        let (mut seq, mut tries_left) = (0, LAST_TRIES);
        let mut unwritten = None;
        loop {
            let stopping = *stop.borrow();
            if !stopping {
                self.pause(&mut stop, unwritten.is_some()).await;
            }
            let batch = unwritten.take().unwrap_or_else(|| {
                seq += 1;
                self.source.take(seq)
            });
            let watch = self.backend.watch.clone();
            match watch.over(S::WORK, batch.items(), self.write(seq, &batch)).await {
                Ok(()) if stopping && batch.is_empty() => return true,
                Ok(()) => {}
                Err(error) => {
                    self.source.failed(&batch, &error);
                    unwritten = Some(batch);
                    if stopping {
                        tries_left -= 1;
                        if tries_left == 0 {
                            self.source.given_up();
                            return false;
                        }
                        tokio::time::sleep(S::AGAIN).await;
                    }
                }
            }
        }
    }

    async fn pause(&self, stop: &mut watch::Receiver<bool>, has_failed: bool) {
        let pause = if has_failed { S::AGAIN } else { S::EVERY };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.source.much(), if !has_failed => {}
            _ = stop.changed() => {}
        }
    }

    /// Writes the batch with this number, unless it has been written.
    pub(crate) async fn write(&mut self, seq: i64, batch: &S::Batch) -> Result<()> {
        self.turn().await;
        if batch.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        match self.write_once(seq, batch).await {
            Ok(()) => {
                self.source.written(batch, began.elapsed());
                Ok(())
            }
            Err(error) => {
                // A partition that was believed in may be gone.
                self.partitions.iter_mut().for_each(Partitions::forget);
                Err(error)
            }
        }
    }

    /// Looks after the partitions, now and then. A batch does not wait for that: its own are opened
    /// when it is written.
    async fn turn(&mut self) {
        let now = self.backend.clock.now();
        if !self.partitions.iter().any(|table| table.are_due(now)) {
            return;
        }
        let turned = async {
            let mut connection = self.backend.pools.validator.acquire().await?;
            for table in &mut self.partitions {
                table.turn(&mut connection, now).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = turned.await {
            tracing::warn!(%error, "the next days' partitions cannot be made ready yet");
        }
    }

    async fn write_once(&mut self, seq: i64, batch: &S::Batch) -> Result<()> {
        let mut connection = self.backend.pools.validator.acquire().await?;
        for day in batch.days() {
            for table in &mut self.partitions {
                table.open(&mut connection, day).await?;
            }
        }
        let mut transaction = sqlx::Connection::begin(&mut *connection).await?;
        let new = sqlx::query!(
            "insert into flush_ledger (node_id, seq) values ($1, $2)
             on conflict on constraint flush_ledger_pkey do nothing",
            self.id,
            seq,
        )
        .execute(&mut *transaction)
        .await?;
        // Otherwise a try whose answer was lost has written it.
        if new.rows_affected() > 0 {
            self.source.write(&mut transaction, batch).await?;
            // Only the last number can be asked for again.
            sqlx::query!("delete from flush_ledger where node_id = $1 and seq < $2", self.id, seq)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
