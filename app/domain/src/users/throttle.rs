//! Guessing made slow. Wrong passwords and codes are counted by account, by network, and by both;
//! each further one makes the next wait longer, up to a limit.
//!
//! Nobody is locked out: waits are capped, trying during a wait does not lengthen it, and from a
//! network where somebody has signed in before, only failures from there count. Whoever comes from a
//! new one waits with those alone who come from new ones, too: somebody who goes on guessing takes
//! every turn of the account, but none of theirs. To take theirs as well, guesses have to come from
//! hundreds of neighbourhoods each day. All this together allows some 3,000 guesses at an account in
//! a day, from however many networks.
//!
//! Where everybody comes by a proxy that is not trusted to tell them apart, there is one place only,
//! and whoever guesses there takes the others' turns.
//!
//! Addresses without an account are counted like all others, so that a wait tells nothing about them.
//!
//! It is kept in memory: a restart forgives, which an attacker cannot bring about, and a flood of
//! guesses costs the database nothing.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Error, Result};

/// Of one account from one network: failures without a wait, and the longest wait.
const BY_PLACE: Limit = Limit::hourly(5, 15 * 60);
/// Of one account from everywhere, once for those who come for the first time and once for those
/// who have failed before. The cap is low: an attacker who uses very many networks makes the owner
/// wait as well, where the owner comes from a network that is new.
const BY_ACCOUNT: Limit = Limit::hourly(20, 60);
/// Of all accounts from one network, behind which there may be a whole company.
const BY_NETWORK: Limit = Limit::hourly(60, 60);
/// Of one account from one neighbourhood: makes nobody wait, and says who is new there.
const BY_NEIGHBOURHOOD: Limit =
    Limit { free: u32::MAX, cap_seconds: 0, forgiven_after_ms: 24 * HOUR_MS };
/// Who has failed as often is no longer new.
const FIRST_TRIES: u32 = 3;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// How long counts are kept at least, and where people sign in from is remembered.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Counts of a generation, of which there are two: bounds memory to a few megabytes. Each new one
/// costs a password hash, so reaching it takes an attacker the better part of an hour.
const COUNTS_MAX: usize = 50_000;

/// What is guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// The password at sign-in.
    SignIn,
    /// The password or code of somebody who is signed in, to show that it is still them.
    Again,
    /// The code of the second factor at sign-in.
    SecondFactor,
    /// Asking for a letter to choose a new password by.
    Letter,
}

#[derive(Clone, Copy, Debug)]
struct Limit {
    free: u32,
    cap_seconds: u32,
    /// Failures are forgotten this long after the last one.
    forgiven_after_ms: i64,
}

impl Limit {
    const fn hourly(free: u32, cap_seconds: u32) -> Self {
        Self { free, cap_seconds, forgiven_after_ms: HOUR_MS }
    }

    /// How long to wait after so many failures: 1 s after the last free one, then twice as long
    /// each time.
    fn wait_ms(self, failures: u32) -> i64 {
        let Some(beyond) = failures.checked_sub(self.free) else { return 0 };
        let seconds = 1_u32.checked_shl(beyond).unwrap_or(u32::MAX).min(self.cap_seconds);
        i64::from(seconds) * 1000
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    failures: u32,
    failed_at_ms: i64,
    /// Whether somebody has signed in from here.
    known: bool,
}

/// Counts in two generations: what is not used for a whole one is forgotten.
#[derive(Debug, Default)]
struct Counts {
    now: HashMap<u64, Count>,
    before: HashMap<u64, Count>,
    since_ms: i64,
}

impl Counts {
    fn get(&self, key: u64, limit: Limit, now_ms: i64) -> Count {
        let known = self.now.get(&key).or_else(|| self.before.get(&key)).copied();
        let mut count = known.unwrap_or_default();
        if now_ms - count.failed_at_ms > limit.forgiven_after_ms {
            count.failures = 0;
        }
        count
    }

    fn set(&mut self, key: u64, count: Count, now_ms: i64) {
        if self.now.len() >= COUNTS_MAX || now_ms - self.since_ms > KEPT_MS {
            self.before = std::mem::take(&mut self.now);
            self.since_ms = now_ms;
        }
        self.now.insert(key, count);
    }
}

/// Counts failures and says who has to wait.
#[derive(Debug, Default)]
pub struct Throttle {
    counts: Mutex<Counts>,
    /// With a secret of its own: nobody can choose accounts that share a count.
    hasher: RandomState,
}

/// A try that has been let through. It counts as failed unless its outcome says otherwise: guesses
/// sent side by side count like ones sent one after the other, and hanging up does not help.
#[derive(Debug)]
#[must_use = "a try that nobody judges counts as failed"]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    /// The counts it is in, and when each had its failure before.
    counted: Vec<(u64, Limit, i64)>,
    place: u64,
    at_ms: i64,
}

impl Throttle {
    /// Lets a try for this account through, or says how long to wait. `ip` is where it comes from,
    /// where that is known; on this machine there is a proxy at most, which everybody comes by.
    pub fn attempt(
        &self,
        door: Door,
        account: &str,
        ip: Option<IpAddr>,
        now_ms: i64,
    ) -> Result<Attempt<'_>> {
        let ip = ip.map(|ip| ip.to_canonical()).filter(|ip| !ip.is_loopback());
        let network = ip.map(network);
        let place = self.hasher.hash_one((door, account, network));
        let mut counts = self.lock();
        let mut limits = Vec::with_capacity(4);
        if network.is_some() {
            limits.push((place, BY_PLACE));
        }
        if !counts.get(place, BY_PLACE, now_ms).known || network.is_none() {
            let around = ip.map(|ip| self.hasher.hash_one((door, account, neighbourhood(ip))));
            limits.extend(around.map(|around| (around, BY_NEIGHBOURHOOD)));
            let failed = around.map(|around| counts.get(around, BY_NEIGHBOURHOOD, now_ms).failures);
            let is_new = failed.is_some_and(|failed| failed < FIRST_TRIES);
            limits.push((self.hasher.hash_one((door, account, is_new)), BY_ACCOUNT));
            limits
                .extend(network.map(|network| (self.hasher.hash_one((door, network)), BY_NETWORK)));
        }
        let wait = |&(key, limit): &(u64, Limit)| {
            let count = counts.get(key, limit, now_ms);
            let wait = limit.wait_ms(count.failures);
            // A clock that was set back must not lengthen the wait.
            (count.failed_at_ms + wait - now_ms).min(wait)
        };
        let wait_ms = limits.iter().map(wait).max().unwrap_or_default();
        if let Some(wait_ms) = u64::try_from(wait_ms).ok().filter(|wait| *wait > 0) {
            return Err(Error::RateLimited { seconds: wait_ms.div_ceil(1000) });
        }
        let mut counted = Vec::with_capacity(limits.len());
        for (key, limit) in limits {
            let count = counts.get(key, limit, now_ms);
            counted.push((key, limit, count.failed_at_ms));
            let failures = count.failures.saturating_add(1);
            counts.set(key, Count { failures, failed_at_ms: now_ms, ..count }, now_ms);
        }
        Ok(Attempt { throttle: self, counted, place, at_ms: now_ms })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        // A count is written in one step: whoever panicked has left nothing half done.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// It was right: what failed from this place is forgiven, and the place is known from now on.
    pub fn succeeded(self) {
        self.take_back();
        let mut counts = self.throttle.lock();
        let count = Count { failures: 0, failed_at_ms: 0, known: true };
        counts.set(self.place, count, self.at_ms);
    }

    /// It was neither right nor wrong: something else was in the way.
    pub fn unjudged(self) {
        self.take_back();
    }

    fn take_back(&self) {
        let mut counts = self.throttle.lock();
        for &(key, limit, before_ms) in &self.counted {
            let mut count = counts.get(key, limit, self.at_ms);
            count.failures = count.failures.saturating_sub(1);
            if count.failed_at_ms == self.at_ms {
                count.failed_at_ms = before_ms;
            }
            counts.set(key, count, self.at_ms);
        }
    }
}

/// Whoever has one address of a /64 has all of them.
fn network(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits() >> 64 << 64,
    }
}

/// What one customer of a provider may have: a /24, or a /48 of IPv6, and whether it is that.
fn neighbourhood(ip: IpAddr) -> (bool, u128) {
    match ip {
        IpAddr::V4(ip) => (false, u128::from(ip.to_bits() >> 8)),
        IpAddr::V6(ip) => (true, ip.to_bits() >> 80),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1000;
    const HOUR: i64 = 3600 * SECOND;

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    /// Fails once, or gives the seconds to wait.
    fn fail(throttle: &Throttle, account: &str, from: &str, at_ms: i64) -> Result<(), u64> {
        match throttle.attempt(Door::SignIn, account, ip(from), at_ms) {
            Ok(_) => Ok(()),
            Err(Error::RateLimited { seconds }) => Err(seconds),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn waits_double_up_to_a_cap_and_trying_does_not_lengthen_them() {
        let (throttle, mut now) = (Throttle::default(), HOUR);
        for _ in 0..5 {
            assert_eq!(fail(&throttle, "a", "192.0.2.1", now), Ok(()));
        }
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900] {
            for _ in 0..3 {
                assert_eq!(fail(&throttle, "a", "192.0.2.1", now), Err(wait));
            }
            now += i64::try_from(wait).unwrap_or(0) * SECOND;
            assert_eq!(fail(&throttle, "a", "192.0.2.1", now - 1), Err(1));
            assert_eq!(fail(&throttle, "a", "192.0.2.1", now), Ok(()));
        }
        // Set back, the clock lengthens nothing; an hour later all is forgiven.
        assert_eq!(fail(&throttle, "a", "192.0.2.1", 0), Err(900));
        assert_eq!(fail(&throttle, "b", "192.0.2.1", now), Ok(()), "another account");
        for _ in 0..5 {
            assert_eq!(fail(&throttle, "a", "192.0.2.1", now + HOUR + 1), Ok(()));
        }
    }

    #[test]
    fn many_networks_together_slow_an_account_and_never_keep_its_owner_out() {
        let (throttle, mut now) = (Throttle::default(), HOUR);
        let attempt = throttle.attempt(Door::SignIn, "owner", ip("203.0.113.5"), now);
        attempt.map(Attempt::succeeded).unwrap_or_default();
        // A network for each guess, for a day, and each as soon as it may.
        let mut guesses = 0_u32;
        while now < 25 * HOUR {
            let from = format!("10.{}.{}.1", guesses / 256, guesses % 256);
            match fail(&throttle, "owner", &from, now) {
                Ok(()) => guesses += 1,
                Err(wait) => {
                    assert!(wait <= 60);
                    now += i64::try_from(wait).unwrap_or(0) * SECOND;
                }
            }
        }
        assert!(guesses < 1500, "{guesses}");
        // The owner's own network is not among them.
        let owner = throttle.attempt(Door::SignIn, "owner", ip("203.0.113.5"), now);
        assert!(owner.is_ok(), "{owner:?}");
    }

    #[test]
    fn whoever_goes_on_guessing_keeps_nobody_else_out() {
        let (throttle, mut guesses) = (Throttle::default(), 0_u32);
        for second in 0..6 * 3600 {
            let now = HOUR + second * SECOND;
            // Of 60 networks in 11 neighbourhoods, each tries every second; others came first.
            for at in 0..60 {
                let from = match at {
                    0..40 => format!("198.51.{}.{at}", at % 10),
                    _ => format!("2001:db8:1:{at:x}::1"),
                };
                guesses += u32::from(fail(&throttle, "owner", &from, now).is_ok());
            }
            // Once they have failed as often as new ones may, the owner is let in from wherever it
            // is, a wrong password first.
            if second >= 900 && second % 600 == 0 {
                let from = format!("203.0.{}.7", second / 600);
                assert_eq!(fail(&throttle, "owner", &from, now), Ok(()), "after {second} s");
                let right = throttle.attempt(Door::SignIn, "owner", ip(&from), now + 60 * SECOND);
                right.map_or_else(|error| panic!("{error}"), Attempt::succeeded);
            }
        }
        // One each minute, and those that were free.
        assert!((300..=450).contains(&guesses), "{guesses}");
    }

    #[test]
    fn new_and_old_networks_together_are_slow_as_well() {
        let (throttle, mut guesses) = (Throttle::default(), 0_u32);
        for second in (0..24 * 3600).step_by(2) {
            let now = HOUR + second * SECOND;
            let new = format!("10.{}.{}.1", guesses / 256, guesses % 256);
            for from in [new, format!("198.51.100.{}", second / 2 % 250)] {
                guesses += u32::from(fail(&throttle, "owner", &from, now).is_ok());
            }
        }
        assert!((2500..3000).contains(&guesses), "{guesses}");
    }

    #[test]
    fn one_network_cannot_try_many_accounts() {
        let throttle = Throttle::default();
        let tried = (0..1000).filter(|at| {
            // Of IPv6 there are as many addresses as anybody wants.
            let from = format!("2001:db8::{at:x}");
            fail(&throttle, &format!("account {at}"), &from, HOUR).is_ok()
        });
        assert_eq!(tried.count(), 60);
        assert_eq!(fail(&throttle, "another", "2001:db8:0:1::1", HOUR), Ok(()));
    }

    #[test]
    fn guesses_side_by_side_count_before_they_are_judged() {
        let throttle = Throttle::default();
        let attempts: Vec<_> = (0..500)
            .filter_map(|_| throttle.attempt(Door::SignIn, "a", ip("192.0.2.1"), HOUR).ok())
            .collect();
        assert_eq!(attempts.len(), 5);
        // Of those, one was right: the others, judged later, do not count against the place.
        let mut attempts = attempts.into_iter();
        drop(attempts.next());
        attempts.next().map(Attempt::succeeded).unwrap_or_default();
        assert_eq!(fail(&throttle, "a", "192.0.2.1", HOUR), Ok(()));
    }

    #[test]
    fn what_was_not_judged_does_not_count() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            let attempt = throttle.attempt(Door::SignIn, "a", ip("192.0.2.1"), HOUR);
            attempt.map(Attempt::unjudged).unwrap_or_default();
        }
        assert_eq!(fail(&throttle, "a", "192.0.2.1", HOUR), Ok(()));
    }

    #[test]
    fn behind_a_proxy_only_accounts_are_counted() {
        let throttle = Throttle::default();
        for at in 0..200 {
            assert_eq!(fail(&throttle, &format!("account {at}"), "127.0.0.1", HOUR), Ok(()));
        }
        let tried = (0..100).filter(|_| fail(&throttle, "a", "::1", HOUR).is_ok()).count();
        assert_eq!(tried, 20);
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for at in 0..u32::try_from(COUNTS_MAX).unwrap_or(0) * 3 {
            let _ = fail(&throttle, &at.to_string(), "127.0.0.1", HOUR);
        }
        let counts = throttle.lock();
        assert!(counts.now.len() + counts.before.len() <= 2 * COUNTS_MAX);
    }
}
