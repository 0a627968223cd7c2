//! Notices: what happens to an organization's keys, told to its programs by webhook and to its owners
//! and admins by mail. A notice is written by the transaction that makes the change, with a delivery
//! for each recipient; whichever node comes first sends what is due. Nothing is lost when a program
//! dies, so that something may come twice, under the same id.

pub mod claim;
pub mod due;
pub mod letter;
pub mod list;
pub mod mails;
pub(crate) mod note;
pub mod prune;
pub mod send_again;
pub mod settle;

use time::Duration;

/// For how long a delivery is tried.
pub const TRIED_FOR: Duration = Duration::days(3);
/// For how long notices are kept.
pub const KEPT_FOR: Duration = Duration::days(30);
/// Days before a key's end on which its organization is told.
pub const DAYS_BEFORE: [i16; 3] = [14, 3, 1];
/// Longer ago, an end is no news.
const NEWS_FOR: Duration = Duration::days(3);

/// The first wait after a failure; each further one is three times as long.
const FIRST_WAIT: Duration = Duration::seconds(10);
/// The longest one.
const LONGEST_WAIT: Duration = Duration::hours(6);

/// What a test event is called.
pub const TEST: &str = "webhook.test";

/// What a webhook can be told. The names stay as they are once used: programs ask for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// In 14 days, 3 days, 1 day.
    KeyExpiring,
    KeyExpired,
    KeyRevoked,
    KeyRegenerated,
}

impl Event {
    pub const ALL: [Self; 4] =
        [Self::KeyExpiring, Self::KeyExpired, Self::KeyRevoked, Self::KeyRegenerated];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyExpiring => "key.expiring",
            Self::KeyExpired => "key.expired",
            Self::KeyRevoked => "key.revoked",
            Self::KeyRegenerated => "key.regenerated",
        }
    }

    /// The event of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }

    /// What is told so many days before a key's end.
    fn of_end(days_before: i16) -> Self {
        if days_before == 0 { Self::KeyExpired } else { Self::KeyExpiring }
    }
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    Waiting,
    Delivered,
    /// Given up.
    Failed,
}

impl DeliveryStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Delivered => "DELIVERED",
            Self::Failed => "FAILED",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}

/// Why there was no answer. A closed list: nothing that others wrote gets onto a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The host's name stands for no address that webhooks may reach, or for none at all.
    OutOfReach,
    /// Nobody takes the connection.
    NoConnection,
    /// The certificate is wrong, or there is no TLS.
    Tls,
    /// No answer in time.
    Timeout,
    /// What came back is no HTTP.
    NoHttp,
    /// The mail server did not take the letter.
    Mail,
    /// There is no mail server any more.
    NoMail,
    /// Whom it was for is no owner or admin any more.
    NoRecipient,
    /// The webhook was switched off.
    SwitchedOff,
}

impl Problem {
    const ALL: [Self; 9] = [
        Self::OutOfReach,
        Self::NoConnection,
        Self::Tls,
        Self::Timeout,
        Self::NoHttp,
        Self::Mail,
        Self::NoMail,
        Self::NoRecipient,
        Self::SwitchedOff,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfReach => "out_of_reach",
            Self::NoConnection => "no_connection",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::NoHttp => "no_http",
            Self::Mail => "mail",
            Self::NoMail => "no_mail",
            Self::NoRecipient => "no_recipient",
            Self::SwitchedOff => "switched_off",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|problem| problem.as_str() == name)
    }
}

/// How long to wait after so many attempts that failed.
fn wait_after(attempts: i32) -> Duration {
    let times = u32::try_from(attempts.clamp(1, 12) - 1).unwrap_or_default();
    (FIRST_WAIT * 3_i32.pow(times)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_below_a_bound() {
        let waits: Vec<i64> =
            (1..=9).map(|attempts| wait_after(attempts).whole_seconds()).collect();
        assert_eq!(waits, [10, 30, 90, 270, 810, 2_430, 7_290, 21_600, 21_600]);
        assert_eq!(wait_after(i32::MAX), LONGEST_WAIT);
    }
}
