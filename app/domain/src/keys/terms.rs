//! What a new key is bound to beyond its text and access.

use ipnet::{IpNet, Ipv4Net};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use time::OffsetDateTime;
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::clock::YEARS;
use crate::error::FieldErrors;
use crate::keys::Access;
use crate::keys::create::{KeyForm, NewKey};
use crate::profiles::Profile;
use crate::{Result, Rule};

/// The most networks that a key is bound to.
pub const NETWORKS_MAX: usize = 64;
/// The highest limit of requests a minute; more is as good as none.
pub const RATE_LIMIT_MAX: i32 = 1_000_000;
/// Of the network in which IPv6 has the addresses of IPv4, `::ffff:0:0/96`.
const MAPPED_LENGTH: u8 = 96;
/// What the names of the form's boxes for scopes begin with.
pub const SCOPE_BOX: &str = "scope:";

/// The terms of a key; by default there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Scopes of the form `resource:action`, where these alone count.
    pub listed: Vec<String>,
    /// From where it may be used; empty means from anywhere.
    pub networks: Vec<IpNet>,
    /// In requests a minute.
    pub rate_limit: Option<i32>,
    pub not_before: Option<OffsetDateTime>,
}

impl Terms {
    pub(super) fn network_texts(&self) -> Vec<String> {
        self.networks.iter().map(ToString::to_string).collect()
    }

    /// Reads the form's fields; `None` after noting what is wrong with them.
    pub(super) fn parse(form: &KeyForm, errors: &mut FieldErrors) -> Option<Self> {
        let networks = errors.check("networks", parse_networks(&form.networks));
        let rate_limit = errors.check("rate_limit", parse_rate_limit(&form.rate_limit));
        let not_before = errors.check("not_before", parse_time(&form.not_before));
        Some(Self {
            listed: ticked(&form.boxes),
            networks: networks?,
            rate_limit: rate_limit?,
            not_before: not_before?,
        })
    }
}

impl NewKey {
    /// As they are kept.
    pub(super) fn scopes(&self) -> Vec<String> {
        match self.access {
            Access::Listed => self.terms.listed.clone(),
            access => vec![access.as_str().to_owned()],
        }
    }

    /// Whether the profile has these scopes, and the key a time at which it is good.
    pub(super) fn check(&self, profile: &Profile, now: OffsetDateTime) -> Result<()> {
        let mut errors = FieldErrors::default();
        let known = |scope: &String| profile.scopes().any(|known| known == scope);
        let scopes = match self.access {
            Access::Listed if self.terms.listed.is_empty() => Err(Rule::NoScope),
            Access::Listed if !self.terms.listed.iter().all(known) => Err(Rule::NotAChoice),
            _ => Ok(()),
        };
        let scopes = errors.check("access", scopes);
        let ends = self.lifetime.map(|lifetime| now + lifetime);
        let too_late = self.terms.not_before.zip(ends).is_some_and(|(begins, ends)| begins >= ends);
        let begins =
            errors.check("not_before", if too_late { Err(Rule::BeginsTooLate) } else { Ok(()) });
        if scopes.and(begins).is_some() { Ok(()) } else { Err(errors.into_error()) }
    }
}

fn ticked(boxes: &BTreeMap<String, String>) -> Vec<String> {
    let names = boxes.keys().filter_map(|name| name.strip_prefix(SCOPE_BOX));
    names.map(str::to_owned).collect()
}

/// One network a line, or an address alone. Empty lines do not count.
pub fn parse_networks(text: &str) -> Result<Vec<IpNet>, Rule> {
    let lines = text.lines().enumerate().map(|(place, line)| (place + 1, line.trim()));
    let lines = lines.filter(|(_, text)| !text.is_empty());
    let mut networks =
        lines.map(|(line, text)| parse_network(text, line)).collect::<Result<Vec<_>, Rule>>()?;
    if networks.len() > NETWORKS_MAX {
        return Err(Rule::TooManyLines { max: NETWORKS_MAX });
    }
    networks.sort_unstable();
    networks.dedup();
    Ok(networks)
}

fn parse_network(text: &str, line: usize) -> Result<IpNet, Rule> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_canonical().into());
    }
    let network = text.parse().map_err(|_| Rule::NotANetwork { line })?;
    let network = canonical(network).ok_or(Rule::BothKinds { line })?;
    // Who writes more than the prefix covers may mean another prefix.
    if network.trunc() != network {
        return Err(Rule::NetworkTooLong { line, network: network.trunc().to_string() });
    }
    Ok(network)
}

/// Callers with IPv4 addresses have them as such, however they came: networks must, too. None for a
/// network of IPv6 addresses that takes those of IPv4 in, but for that of all of them.
fn canonical(network: IpNet) -> Option<IpNet> {
    let IpNet::V6(v6) = network else { return Some(network) };
    let all_mapped = Ipv4Addr::UNSPECIFIED.to_ipv6_mapped();
    match (v6.addr().to_ipv4_mapped(), v6.prefix_len()) {
        (_, 0) => Some(network),
        (Some(ip), length @ MAPPED_LENGTH..) => {
            Ipv4Net::new(ip, length - MAPPED_LENGTH).ok().map(IpNet::V4)
        }
        _ => (!v6.contains(&all_mapped)).then_some(network),
    }
}

fn parse_rate_limit(text: &str) -> Result<Option<i32>, Rule> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let limit = text.parse().ok().filter(|limit| (1..=RATE_LIMIT_MAX).contains(limit));
    limit.map(Some).ok_or(Rule::NotANumber { min: 1, max: RATE_LIMIT_MAX })
}

/// As browsers send `datetime-local`, in UTC.
fn parse_time(text: &str) -> Result<Option<OffsetDateTime>, Rule> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let minutes = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let seconds = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    PrimitiveDateTime::parse(text, minutes)
        .or_else(|_| PrimitiveDateTime::parse(text, seconds))
        .ok()
        .filter(|at| YEARS.contains(&at.year()))
        .map(|at| Some(at.assume_utc()))
        .ok_or(Rule::NotATime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_wrong_network_is_named_by_its_line() {
        let parsed = |text: &str| {
            parse_networks(text).map(|networks| {
                networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            })
        };
        assert_eq!(parsed(" \r\n"), Ok(String::new()));
        assert_eq!(
            parsed("203.0.113.0/24\r\n\r\n 2001:db8::/32 \n198.51.100.7\n203.0.113.0/24"),
            Ok("198.51.100.7/32 203.0.113.0/24 2001:db8::/32".to_owned())
        );
        assert_eq!(parsed("::ffff:198.51.100.7"), Ok("198.51.100.7/32".to_owned()));
        assert_eq!(parsed("10.0.0.0/8\nhere"), Err(Rule::NotANetwork { line: 2 }));
        for wrong in ["10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "1.2.3.4:80", "::/129"] {
            assert_eq!(parsed(wrong), Err(Rule::NotANetwork { line: 1 }), "{wrong}");
        }
        let network = "10.1.0.0/16".to_owned();
        assert_eq!(parsed("10.1.2.3/16"), Err(Rule::NetworkTooLong { line: 1, network }));
        let mapped = "::ffff:127.0.0.1/128\n::ffff:10.1.0.0/112\n::ffff:0:0/96";
        assert_eq!(parsed(mapped), Ok("0.0.0.0/0 10.1.0.0/16 127.0.0.1/32".to_owned()));
        let network = "10.1.0.0/16".to_owned();
        assert_eq!(parsed("::ffff:10.1.2.3/112"), Err(Rule::NetworkTooLong { line: 1, network }));
        assert_eq!(parsed("::/0\n::/96\n::fffe:0:0/96"), Ok("::/0 ::/96 ::fffe:0:0/96".to_owned()));
        for both in ["::/1", "::/80", "::fffe:0:0/95", "::ffff:0:0/95"] {
            assert_eq!(parsed(both), Err(Rule::BothKinds { line: 1 }), "{both}");
        }
        let lines = |count: u8| {
            (0..count).map(|last| format!("10.0.0.{last}")).collect::<Vec<_>>().join("\n")
        };
        assert!(parsed(&lines(64)).is_ok());
        assert_eq!(parsed(&lines(65)), Err(Rule::TooManyLines { max: 64 }));
    }

    #[test]
    fn numbers_and_times_are_read_or_refused() {
        assert_eq!(parse_rate_limit(""), Ok(None));
        assert_eq!(parse_rate_limit(" 600 "), Ok(Some(600)));
        for wrong in ["0", "-1", "1.5", "1000001", "many", "99999999999999"] {
            assert!(parse_rate_limit(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_time(""), Ok(None));
        let at = datetime!(2026-03-01 08:30 UTC);
        assert_eq!(parse_time("2026-03-01T08:30"), Ok(Some(at)));
        assert_eq!(parse_time("2026-03-01T08:30:00"), Ok(Some(at)));
        for wrong in ["2026-03-01", "2026-13-01T00:00", "tomorrow", "2026-03-01T08:30+01:00"] {
            assert_eq!(parse_time(wrong), Err(Rule::NotATime), "{wrong}");
        }
        // Of the first, PostgreSQL knows nothing.
        for far in ["-9999-01-01T00:00", "0000-01-01T00:00", "1899-12-31T23:59:59"] {
            assert_eq!(parse_time(far), Err(Rule::NotATime), "{far}");
        }
        assert!(parse_time("1900-01-01T00:00").is_ok() && parse_time("9999-12-31T23:59").is_ok());
    }
}
