//! The request that the proxy holds, as the proxy tells it.
//!
//! Proxies pass on what clients send. A client may thus add a field that its proxy does not set, to
//! be taken for somebody else or to get past a scope. So the two families of fields are never mixed:
//! where both are there they must agree in everything, and a field that comes twice is an error.

use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue};
use std::net::IpAddr;

/// What was asked of the proxy, as far as it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original<'a> {
    pub method: Option<&'a str>,
    pub host: Option<&'a str>,
    /// `/` where none is told.
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub ip: Option<IpAddr>,
}

/// The names by which a proxy tells.
struct Family {
    method: &'static str,
    host: &'static str,
    uri: &'static str,
    ip: &'static str,
}

/// Set by hand, in nginx' configuration.
const ORIGINAL: Family = Family {
    method: "x-original-method",
    host: "x-original-host",
    uri: "x-original-uri",
    ip: "x-original-ip",
};

/// Set by Caddy and Traefik themselves.
const FORWARDED: Family = Family {
    method: "x-forwarded-method",
    host: "x-forwarded-host",
    uri: "x-forwarded-uri",
    ip: "x-forwarded-for",
};

impl<'a> Original<'a> {
    /// From either family of fields.
    pub fn of_headers(headers: &'a HeaderMap) -> Result<Self, &'static str> {
        // The other names occur without forward-auth too.
        let told = |family: &Family| {
            headers.contains_key(family.method) || headers.contains_key(family.uri)
        };
        match (told(&ORIGINAL), told(&FORWARDED)) {
            (true, false) => Self::told_by(&ORIGINAL, headers),
            (false, _) => Self::told_by(&FORWARDED, headers),
            (true, true) => {
                let original = Self::told_by(&ORIGINAL, headers)?;
                if original == Self::told_by(&FORWARDED, headers)? {
                    Ok(original)
                } else {
                    Err(
                        "X-Original-… and X-Forwarded-… contradict each other: the proxy should set all it uses",
                    )
                }
            }
        }
    }

    /// From the request itself, whose path is `/forward-auth/PROFILE` and then the original one.
    pub fn of_request(request: &'a Parts) -> Result<(&'a str, Self), &'static str> {
        let rest = request.uri.path().strip_prefix("/forward-auth/");
        let (profile, _) = rest.and_then(|rest| rest.split_once('/')).ok_or(
            "the path should be /forward-auth/PROFILE or /forward-auth/by-host, and then the original one",
        )?;
        let before = "/forward-auth/".len() + profile.len();
        let original = Self {
            method: Some(request.method.as_str()),
            host: one(&request.headers, "host")?,
            path: &request.uri.path()[before..],
            query: request.uri.query(),
            ip: ip(&request.headers, FORWARDED.ip)?,
        };
        Ok((profile, original))
    }

    fn told_by(family: &Family, headers: &'a HeaderMap) -> Result<Self, &'static str> {
        let host = one(headers, family.host)?;
        if host.is_some_and(|host| host.contains([',', '/', '@', ' '])) {
            return Err("the original request's host is not one");
        }
        let (path, query) = one(headers, family.uri)?.map_or(Ok(("/", None)), split)?;
        Ok(Self {
            method: one(headers, family.method)?,
            host,
            path,
            query,
            ip: ip(headers, family.ip)?,
        })
    }
}

/// The field's one value.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, &'static str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(
            "a field about the original request comes twice: the proxy should set it, not add to it",
        );
    }
    let text = first.map(HeaderValue::to_str).transpose();
    let text = text.map_err(|_| "a field about the original request is not plain text")?;
    Ok(text.map(str::trim).filter(|text| !text.is_empty()))
}

fn split(uri: &str) -> Result<(&str, Option<&str>), &'static str> {
    if !uri.starts_with('/') || uri.parse::<PathAndQuery>().is_err() {
        return Err("the original request's URI is not a path");
    }
    let uri = uri.split_once('#').map_or(uri, |(uri, _)| uri);
    Ok(uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query))))
}

/// The last address: the one that the proxy has seen. Those before it are what others say.
fn ip(headers: &HeaderMap, name: &str) -> Result<Option<IpAddr>, &'static str> {
    const WRONG: &str = "the original request's address is not an IP address";
    let Some(last) = headers.get_all(name).iter().next_back() else { return Ok(None) };
    let last = last.to_str().map_err(|_| WRONG)?;
    let last = last.rsplit(',').next().unwrap_or(last).trim();
    last.parse().map(|ip: IpAddr| Some(ip.to_canonical())).map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, Request};

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            Some((
                HeaderName::try_from(*name).ok()?,
                HeaderValue::from_bytes(value.as_bytes()).ok()?,
            ))
        };
        pairs.iter().filter_map(pair).collect()
    }

    const NGINX: [(&str, &str); 4] = [
        ("x-original-method", "DELETE"),
        ("x-original-host", "api.example:443"),
        ("x-original-uri", "/v1/patients/7?x=/y"),
        ("x-original-ip", "192.0.2.7"),
    ];

    #[test]
    fn either_family_tells() {
        let expected = Original {
            method: Some("DELETE"),
            host: Some("api.example:443"),
            path: "/v1/patients/7",
            query: Some("x=/y"),
            ip: Some(IpAddr::from([192, 0, 2, 7])),
        };
        assert_eq!(Original::of_headers(&headers(&NGINX)), Ok(expected));
        let caddy = [
            ("x-forwarded-method", "DELETE"),
            ("x-forwarded-host", "api.example:443"),
            ("x-forwarded-uri", "/v1/patients/7?x=/y"),
            ("x-forwarded-for", "10.0.0.1, 192.0.2.7"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(Original::of_headers(&headers(&caddy)), Ok(expected));
        let both = [&NGINX[..], &caddy[..]].concat();
        assert_eq!(Original::of_headers(&headers(&both)), Ok(expected));
    }

    #[test]
    fn what_a_client_adds_is_not_taken_for_the_proxys_word() {
        let caddy = [
            ("x-forwarded-method", "DELETE"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-uri", "/v1/patients/7"),
            ("x-forwarded-for", "192.0.2.7"),
        ];
        for forged in [
            ("x-original-method", "GET"),
            ("x-original-uri", "/other"),
            ("x-forwarded-method", "GET"),
            ("x-forwarded-host", "other.example"),
        ] {
            let headers = headers(&[&caddy[..], &[forged]].concat());
            assert!(Original::of_headers(&headers).is_err(), "{forged:?}");
        }
        // Neither does anything without a family that it belongs to.
        let alone = headers(&[&caddy[..], &[("x-original-ip", "10.0.0.1")]].concat());
        assert_eq!(
            Original::of_headers(&alone).map(|told| told.ip),
            Ok(Some(IpAddr::from([192, 0, 2, 7])))
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for (name, value) in [
            ("x-original-uri", "v1/patients"),
            ("x-original-uri", "/a b"),
            ("x-original-uri", "/\u{e9}"),
            ("x-original-uri", "http://elsewhere/v1"),
            ("x-original-host", "one, two"),
            ("x-original-ip", "somewhere"),
            ("x-original-ip", "192.0.2.7,"),
        ] {
            let mut told = NGINX.to_vec();
            told.retain(|(known, _)| *known != name);
            told.push((name, value));
            assert!(Original::of_headers(&headers(&told)).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn a_path_behind_a_prefix_is_the_clients_own() {
        let path = |uri: &str| {
            let request = Request::get(uri).body(()).ok()?.into_parts().0;
            let (profile, original) = Original::of_request(&request).ok()?;
            Some(format!("{profile} {}", original.path))
        };
        assert_eq!(
            path("/forward-auth/by-host/v1/patients?a=/b").as_deref(),
            Some("by-host /v1/patients")
        );
        assert_eq!(path("/forward-auth/delphos/").as_deref(), Some("delphos /"));
        assert_eq!(path("/forward-auth/delphos//x").as_deref(), Some("delphos //x"));
        assert_eq!(path("/forward-auth/delphos"), None);
    }
}
