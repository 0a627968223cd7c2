//! Which header fields pass, and which are ours to write.

use axum::http::header::{
    CONNECTION, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;

use crate::identity;

/// About one connection, not about the message (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Takes away what is about this connection only, also what the sender names as such.
pub fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Takes away what says who is calling and from where: a client may say anything.
pub fn drop_claims(headers: &mut HeaderMap) {
    let claims: Vec<HeaderName> = headers.keys().filter(|name| is_claim(name)).cloned().collect();
    for name in &claims {
        headers.remove(name);
    }
    headers.remove(EXPECT);
}

fn is_claim(name: &HeaderName) -> bool {
    let plain = name.as_str().replace('_', "-");
    identity::is_ours(name)
        || *name == FORWARDED
        || plain == "x-real-ip"
        || plain.starts_with("x-forwarded-")
        || plain.starts_with("x-original-")
}

/// From where and how a request came.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// None when a trusted proxy names nobody that can be understood.
    pub ip: Option<IpAddr>,
    pub by_https: bool,
}

/// Says from where the request came, and which host it was judged by.
pub fn write_origin(headers: &mut HeaderMap, origin: Origin, host: Option<HeaderValue>) {
    headers.remove(HOST);
    if let Some(host) = host {
        headers.insert(FORWARDED_HOST, host);
    }
    let protocol = if origin.by_https { "https" } else { "http" };
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(protocol));
    if let Some(ip) =
        origin.ip.and_then(|ip| HeaderValue::try_from(ip.to_canonical().to_string()).ok())
    {
        headers.insert(FORWARDED_FOR, ip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_and_hops_go_and_the_rest_stays() {
        let mut headers = HeaderMap::new();
        for name in [
            "connection",
            "keep-alive",
            "upgrade",
            "te",
            "x-hop",
            "x-latchkey-user",
            "x_latchkey_user",
            "x-forwarded-for",
            "x_forwarded_for",
            "x-real-ip",
            "forwarded",
            "x-original-uri",
            "accept",
            "x-mine",
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x-hop, close"));
        }
        drop_hop_by_hop(&mut headers);
        drop_claims(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "x-mine"]);
    }
}
