//! Who calls: the one at the other end of the connection, or whom a trusted proxy names.

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

use crate::tls::ByTls;
use crate::{Failure, Result};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The proxies whose word on who calls is taken.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Networks, or addresses alone.
    pub fn parse(texts: &[String]) -> Result<Self> {
        let network = |text: &String| {
            let text = text.trim();
            let address = text.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| text.parse()).map_err(|_| {
                Failure::new(format!(
                    "the trusted proxy {text:?} should look like 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32 \
                     (--trusted-proxy, LATCHKEY_TRUSTED_PROXIES)"
                ))
            })
        };
        let texts = texts.iter().filter(|text| !text.trim().is_empty());
        texts.map(network).collect::<Result<_>>().map(Self)
    }

    fn contain(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip))
    }
}

/// The caller's address; `None` when a trusted proxy names none that can be understood.
pub fn ip(request: &Parts, trusted: &TrustedProxies) -> Option<IpAddr> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    if trusted.contain(peer) { named(&request.headers, peer, trusted) } else { Some(peer) }
}

/// Whether the caller came by HTTPS: to ourselves, or to a trusted proxy that says so; none on the
/// way may say otherwise.
pub fn came_by_https(request: &Parts, trusted: &TrustedProxies) -> bool {
    let by_tls = || request.extensions.get::<ByTls>().is_some();
    told_https(request, trusted).unwrap_or_else(by_tls)
}

/// What a trusted proxy says of it. Some proxies add to what others have said, in the same field or
/// in another one, rather than replace it.
pub(super) fn told_https(request: &Parts, trusted: &TrustedProxies) -> Option<bool> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let mut told = request.headers.get_all(FORWARDED_PROTO).iter().peekable();
    told.peek()?;
    trusted.contain(peer.0.ip().to_canonical()).then(|| {
        told.all(|value| {
            let value = value.to_str().unwrap_or_default();
            value.split(',').all(|one| one.trim().eq_ignore_ascii_case("https"))
        })
    })
}

/// Proxies add whom they see at the end of the list: what stands before the last one that is not
/// ours, anybody may have written.
fn named(headers: &HeaderMap, proxy: IpAddr, trusted: &TrustedProxies) -> Option<IpAddr> {
    let mut farthest = proxy;
    for value in headers.get_all(FORWARDED_FOR).iter().rev() {
        for hop in value.to_str().ok()?.rsplit(',') {
            farthest = address(hop.trim())?;
            if !trusted.contain(farthest) {
                return Some(farthest);
            }
        }
    }
    Some(farthest)
}

/// Some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse::<IpAddr>().ok();
    ip.or_else(|| text.parse::<SocketAddr>().ok().map(|addr| addr.ip())).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> Result<Option<String>> {
        let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
        let mut request = Request::get("/");
        for value in forwarded {
            request = request.header(FORWARDED_FOR, *value);
        }
        let mut parts = request.body(()).map_err(|error| failed(&error))?.into_parts().0;
        let peer: SocketAddr = peer.parse().map_err(|error| failed(&error))?;
        parts.extensions.insert(ConnectInfo(peer));
        let trusted: Vec<_> = trusted.iter().map(|text| (*text).to_owned()).collect();
        Ok(ip(&parts, &TrustedProxies::parse(&trusted)?).map(|ip| ip.to_string()))
    }

    #[test]
    fn only_trusted_proxies_are_believed() -> Result<()> {
        let ours = ["10.0.0.0/8", "::1"];
        let some = |ip: &str| Some(ip.to_owned());
        assert_eq!(seen("192.0.2.1:1", &["203.0.113.7"], &ours)?, some("192.0.2.1"));
        assert_eq!(seen("10.0.0.1:1", &[], &ours)?, some("10.0.0.1"));
        assert_eq!(seen("10.0.0.1:1", &["203.0.113.7"], &ours)?, some("203.0.113.7"));
        assert_eq!(seen("[::ffff:10.0.0.1]:1", &["203.0.113.7"], &ours)?, some("203.0.113.7"));
        assert_eq!(seen("[::1]:1", &["[2001:db8::1]:443"], &ours)?, some("2001:db8::1"));
        // What the caller has written stands before what our proxies have added.
        let chain = ["1.1.1.1, 203.0.113.7:99", "10.0.0.2"];
        assert_eq!(seen("10.0.0.1:1", &chain, &ours)?, some("203.0.113.7"));
        assert_eq!(seen("10.0.0.1:1", &["1.1.1.1, unknown"], &ours)?, None);
        assert_eq!(seen("10.0.0.1:1", &["10.0.0.3, 10.0.0.2"], &ours)?, some("10.0.0.3"));
        assert_eq!(seen("10.0.0.1:1", &["1.1.1.1"], &[])?, some("10.0.0.1"));
        Ok(())
    }

    #[test]
    fn a_proxy_that_is_none_is_named() {
        let wrong = TrustedProxies::parse(&["10.0.0.0/33".to_owned()]);
        assert!(wrong.is_err_and(|error| error.to_string().contains("10.0.0.0/33")));
    }
}
