//! Finds what is due, and sends it.

use app::Mail;
use domain::notices::Problem;
use domain::notices::claim::{Claimed, Recipient, claim};
use domain::notices::due::note_due;
use domain::notices::letter::letter;
use domain::notices::prune::prune;
use domain::notices::settle::{Outcome, settle};
use domain::webhooks::address::Address;
use domain::webhooks::secret::SigningSecret;
use domain::{Backend, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

use super::post::{Message, Poster};

/// How often the outbox is looked into when nothing is under way.
const EVERY: Duration = Duration::from_secs(1);
/// How often keys are looked for whose end comes near.
const ENDS_EVERY: Duration = Duration::from_secs(60);
/// How often old notices are forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// Deliveries under way at once: each is a connection that mostly waits. An organization has a few of
/// them.
const AT_ONCE: usize = 64;

/// By which letters go, and where their links lead.
#[derive(Clone, Debug)]
pub struct Letters {
    pub mail: Option<Mail>,
    pub dashboard_url: String,
}

/// Until the task is dropped. What is under way then is sent again later.
pub async fn run(backend: Arc<Backend>, poster: Poster, letters: Letters) {
    let (poster, letters) = (Arc::new(poster), Arc::new(letters));
    let (mut ends, mut pruned) = (None::<Instant>, None::<Instant>);
    let mut under_way = JoinSet::new();
    loop {
        if is_time(&mut ends, ENDS_EVERY) {
            told(
                "keys that expire cannot be looked for",
                note_due(&backend, letters.mail.is_some()).await,
            );
        }
        if is_time(&mut pruned, PRUNE_EVERY) {
            told("old notices cannot be forgotten", prune(&backend).await);
        }
        let room = i64::try_from(AT_ONCE - under_way.len()).unwrap_or_default();
        let taken = claim(&backend, room).await;
        for claimed in told("notices cannot be sent just now", taken).unwrap_or_default() {
            let (backend, poster, letters) =
                (Arc::clone(&backend), Arc::clone(&poster), Arc::clone(&letters));
            under_way.spawn(async move { send(&backend, &poster, &letters, &claimed).await });
        }
        // Whoever is done may be sent the next one.
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            Some(_) = under_way.join_next() => {}
        }
        while under_way.len() >= AT_ONCE {
            under_way.join_next().await;
        }
    }
}

fn is_time(last: &mut Option<Instant>, every: Duration) -> bool {
    let due = last.is_none_or(|last| last.elapsed() >= every);
    if due {
        *last = Some(Instant::now());
    }
    due
}

fn told<T>(what: &str, outcome: Result<T>) -> Option<T> {
    outcome.map_err(|error| tracing::warn!(%error, "{what}")).ok()
}

async fn send(backend: &Backend, poster: &Poster, letters: &Letters, claimed: &Claimed) {
    let name = match &claimed.to {
        Recipient::Webhook { .. } => "send webhook",
        Recipient::Member(_) => "send mail",
    };
    let attempt = async {
        let outcome = attempt(backend, poster, letters, claimed).await;
        if has_arrived(&outcome) { Ok(outcome) } else { Err(outcome) }
    };
    let (Ok(outcome) | Err(outcome)) = backend.watch.over(name, 1, attempt).await;
    // Without an outcome it is tried again when the lease is over.
    let settled = match outcome {
        Ok(outcome) => settle(backend, claimed, outcome).await,
        Err(error) => Err(error),
    };
    told("what became of a notice cannot be written down", settled);
}

async fn attempt(
    backend: &Backend,
    poster: &Poster,
    letters: &Letters,
    claimed: &Claimed,
) -> Result<Outcome> {
    match &claimed.to {
        Recipient::Webhook { address: None, .. } => Ok(Outcome::Failed(Problem::OutOfReach)),
        Recipient::Webhook { address: Some(address), secrets, .. } => {
            post(backend, poster, claimed, address, secrets).await
        }
        Recipient::Member(_) => mail(backend, letters, claimed).await,
    }
}

fn has_arrived(outcome: &Result<Outcome>) -> bool {
    matches!(outcome, Ok(Outcome::Mailed | Outcome::Answered(200..300)))
}

async fn post(
    backend: &Backend,
    poster: &Poster,
    claimed: &Claimed,
    address: &Address,
    secrets: &[SigningSecret],
) -> Result<Outcome> {
    let (id, timestamp) = (claimed.message_id(), backend.clock.now().unix_timestamp());
    let signatures = secrets.iter().map(|secret| secret.sign(&id, timestamp, &claimed.payload));
    let signatures = signatures.collect::<Result<Vec<_>>>()?.join(" ");
    let message = Message { id, timestamp, signatures, body: claimed.payload.clone() };
    Ok(match poster.post(address, message).await {
        Ok(status) => Outcome::Answered(status),
        Err(problem) => Outcome::Failed(problem),
    })
}

async fn mail(backend: &Backend, letters: &Letters, claimed: &Claimed) -> Result<Outcome> {
    let Some(mail) = &letters.mail else { return Ok(Outcome::Failed(Problem::NoMail)) };
    let Some(letter) = letter(backend, claimed).await? else {
        return Ok(Outcome::Failed(Problem::NoRecipient));
    };
    Ok(match app::send_expiry_letter(mail, &letters.dashboard_url, &letter).await {
        Ok(()) => Outcome::Mailed,
        Err(error) => {
            tracing::warn!(%error, "a letter about a key's end could not be sent");
            Outcome::Failed(Problem::Mail)
        }
    })
}
