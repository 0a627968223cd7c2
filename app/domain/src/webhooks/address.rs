//! Where a webhook may lead. Whoever types an address in lets this server call it, so that none may
//! lead to what only this server can reach.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

use crate::Rule;

/// The longest address, in characters.
const LENGTH_MAX: usize = 500;

/// What is not for everybody's programs (IANA's special-purpose registries).
const PRIVATE_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Which networks webhooks may reach beside those that are everybody's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach(Vec<IpNet>);

impl Reach {
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether a connection to this address may be made.
    pub fn allows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip)) || is_public(ip)
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !PRIVATE_V4.iter().any(|(network, bits)| {
            let shift = 32 - u32::from(*bits);
            ip.to_bits() >> shift == network.to_bits() >> shift
        }),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// What is given out at all is in `2000::/3`. Of that, some leads to IPv4 addresses in disguise (6to4,
/// Teredo), and some is for protocols or documents.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    first & 0xe000 == 0x2000
        && first != 0x2002
        && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        && !(first == 0x3fff && second < 0x1000)
}

/// An address that may be called, as far as can be told from its text. What its name stands for is
/// judged again when the connection is made: see [`Reach::allows`].
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({})", self.host())
    }
}

impl Address {
    /// `https://`, or `http://` to this machine where the configuration lets webhooks reach it.
    pub fn parse(text: &str, reach: &Reach) -> Result<Self, Rule> {
        let text = text.trim();
        let length = text.chars().count();
        if text.is_empty() {
            return Err(Rule::Empty);
        }
        if length > LENGTH_MAX {
            return Err(Rule::TooLong { max: LENGTH_MAX, length });
        }
        let url = Url::parse(text).map_err(|_| Rule::NotAWebhook)?;
        let bare =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let address = Self(url);
        if !bare || address.0.port() == Some(0) || address.0.as_str().len() > LENGTH_MAX {
            return Err(Rule::NotAWebhook);
        }
        let ips = address.known_ips().ok_or(Rule::NotAWebhook)?;
        let reached = ips.is_empty() || ips.iter().any(|ip| reach.allows(*ip));
        match address.0.scheme() {
            "https" if reached => Ok(address),
            "http" if reached && address.is_this_machine() => Ok(address),
            "http" | "https" if !reached => Err(Rule::OutOfReach),
            _ => Err(Rule::NotAWebhook),
        }
    }

    /// The addresses that the host stands for where no directory has to be asked.
    fn known_ips(&self) -> Option<Vec<IpAddr>> {
        Some(match self.0.host()? {
            Host::Ipv4(ip) => vec![ip.into()],
            Host::Ipv6(ip) => vec![ip.into()],
            Host::Domain(name) if is_localhost(name) => {
                vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            }
            Host::Domain(_) => Vec::new(),
        })
    }

    fn is_this_machine(&self) -> bool {
        let ips = self.known_ips().unwrap_or_default();
        !ips.is_empty() && ips.iter().all(|ip| ip.to_canonical().is_loopback())
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// For logs and the audit log: nothing of the path, which may hold a password.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The host as connections are made to it: of IPv6 without brackets.
    pub fn bare_host(&self) -> &str {
        self.host().trim_start_matches('[').trim_end_matches(']')
    }

    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// As the `Host` field has it.
    pub fn authority(&self) -> &str {
        &self.0[url::Position::BeforeHost..url::Position::AfterPort]
    }

    pub fn path_and_query(&self) -> &str {
        &self.0[url::Position::BeforePath..url::Position::AfterQuery]
    }

    pub fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// For pages: without the query.
    pub fn shown(&self) -> String {
        let shown = &self.0[..url::Position::AfterPath];
        if self.0.query().is_some() { format!("{shown}?…") } else { shown.to_owned() }
    }
}

/// The host of a webhook's address as it is kept, also of one that may not be called any more.
pub(crate) fn host_of(url: &str) -> String {
    let url = Url::parse(url).ok();
    url.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned()
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, networks: &[&str]) -> Result<String, Rule> {
        let networks = networks.iter().filter_map(|network| network.parse().ok()).collect();
        Address::parse(text, &Reach::new(networks)).map(|address| address.as_str().to_owned())
    }

    #[test]
    fn only_https_to_where_everybody_is() {
        for good in [
            "https://hooks.example.com/latchkey?token=1",
            "https://hooks.example.com:8443",
            "https://93.184.216.34/",
            "https://[2606:2800:220:1::1]/",
        ] {
            assert!(parsed(good, &[]).is_ok(), "{good}");
        }
        for wrong in [
            "hooks.example.com",
            "http://hooks.example.com",
            "ftp://hooks.example.com",
            "https://me:pass@hooks.example.com",
            "https://me@hooks.example.com",
            "https://hooks.example.com/#part",
            "https://",
            "https://hooks.example.com:0",
            "javascript:alert(1)",
            "file:///etc/passwd",
        ] {
            assert_eq!(parsed(wrong, &[]), Err(Rule::NotAWebhook), "{wrong}");
        }
        assert_eq!(parsed(" ", &[]), Err(Rule::Empty));
        let long = format!("https://a.example/{}", "x".repeat(500));
        assert!(matches!(parsed(&long, &[]), Err(Rule::TooLong { .. })));
    }

    #[test]
    fn private_addresses_are_refused_however_they_are_written() {
        for private in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "http://localhost/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://172.31.255.255/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[ff02::1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
            "https://[2001::1]/",
            "https://[2001:db8::1]/",
        ] {
            assert_eq!(parsed(private, &[]), Err(Rule::OutOfReach), "{private}");
        }
    }

    #[test]
    fn the_configuration_opens_networks_and_plain_http_to_this_machine() {
        let here = ["127.0.0.0/8", "10.0.0.0/8"];
        for good in ["http://127.0.0.1:8080/", "http://localhost:8080/", "https://10.1.2.3/"] {
            assert!(parsed(good, &here).is_ok(), "{good}");
        }
        // Plain HTTP leaves this machine for nobody.
        assert_eq!(parsed("http://10.1.2.3/", &here), Err(Rule::NotAWebhook));
        assert_eq!(parsed("https://192.168.1.1/", &here), Err(Rule::OutOfReach));
    }

    #[test]
    fn tells_its_parts() -> Result<(), Rule> {
        let address = Address::parse("https://Hooks.example:444/a/b?token=1", &Reach::default())?;
        assert_eq!((address.bare_host(), address.port()), ("hooks.example", 444));
        assert_eq!(address.authority(), "hooks.example:444");
        assert_eq!(address.path_and_query(), "/a/b?token=1");
        assert_eq!(address.shown(), "https://hooks.example:444/a/b?…");
        assert_eq!(format!("{address:?}"), "Address(hooks.example)");
        let v6 = Address::parse("https://[2606:2800:220:1::1]/", &Reach::default())?;
        assert_eq!(v6.bare_host(), "2606:2800:220:1::1");
        Ok(())
    }
}
