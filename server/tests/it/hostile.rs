//! The way of a request's head: whatever bytes stand in it, nobody panics, and no key but the right
//! one is let in. `LATCHKEY_TEST_MUTATIONS` asks for another number of requests.

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, Uri};
use domain::keys::Access;
use server::api::{Api, TrustedProxies};
use server::gateway::{Gateway, Upstreams};
use server::metrics::Traffic;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt;

use crate::support::server::TestServer;
use crate::support::{Result, fail};

const MUTATIONS: u64 = 20_000;

/// Marsaglia's xorshift: the same requests in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % end.max(1)
    }

    /// The text with a few bytes changed, gone, doubled or moved.
    fn spoil(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(3) {
            let (place, byte) = (self.below(bytes.len()), self.below(256));
            let byte = u8::try_from(byte).unwrap_or(0);
            match self.below(6) {
                0 => bytes.insert(place, byte),
                1 if !bytes.is_empty() => drop(bytes.remove(place)),
                2 => bytes.truncate(place),
                3 => bytes.rotate_left(place),
                4 => bytes.extend_from_within(place..),
                _ => bytes.iter_mut().skip(place).take(1).for_each(|at| *at = byte),
            }
        }
        bytes
    }
}

/// A head that is right, by its parts.
struct Head<'a> {
    uri: &'a str,
    fields: Vec<(&'static str, String)>,
    key: &'a str,
}

impl Head<'_> {
    /// With some of its parts spoilt; none where HTTP does not allow what came of it. And whether
    /// the key is still the right one.
    fn spoilt(&self, chance: &mut Chance) -> Option<(Request, bool)> {
        let uri = if chance.below(4) == 0 { chance.spoil(self.uri) } else { self.uri.into() };
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::try_from(uri).ok()?;
        for (name, value) in &self.fields {
            let value =
                if chance.below(4) == 0 { chance.spoil(value) } else { value.clone().into() };
            let value = HeaderValue::from_bytes(&value).ok()?;
            request.headers_mut().append(HeaderName::from_static(name), value);
        }
        let key = if chance.below(8) == 0 { self.key.into() } else { chance.spoil(self.key) };
        let is_right = key == self.key.as_bytes();
        let value = HeaderValue::from_bytes(&key).ok()?;
        request.headers_mut().append(HeaderName::from_static("x-api-key"), value);
        let peer = SocketAddr::from(([127, 0, 0, 1], 9));
        request.extensions_mut().insert(ConnectInfo(peer));
        Some((request, is_right))
    }
}

#[tokio::test]
async fn no_head_of_a_request_panics_or_lets_a_wrong_key_in() -> Result {
    let wanted = std::env::var("LATCHKEY_TEST_MUTATIONS").ok();
    let mutations = wanted.map_or(Ok(MUTATIONS), |wanted| wanted.parse())?;
    let server = TestServer::start().await?;
    let (backend, tenant) = (server.backend(), server.tenant("delphos").await?);
    let key = tenant.key(Access::ReadWrite).await?.text;
    let trusted = TrustedProxies::parse(&["127.0.0.0/8".to_owned()])?;
    let gateway = Gateway::new(&Upstreams::default(), &backend.profiles)?;
    let traffic = Arc::new(Traffic::new(&backend.profiles));
    let api = Api::new(Arc::clone(backend), trusted, false, gateway, Arc::clone(&traffic))?;
    let readiness = Arc::new(server::internal::Readiness::new(Arc::clone(backend)));
    let internal = server::internal::router(Arc::clone(backend), readiness, None, traffic)?;
    let forwarded = "203.0.113.7, [2001:db8::1]:443, 192.0.2.1:80".to_owned();
    let direct = Head {
        uri: "/nothing",
        fields: vec![("host", tenant.host()), ("x-forwarded-for", forwarded.clone())],
        key: &key,
    };
    let asked = Head {
        uri: "/forward-auth?profile=delphos&scope=read",
        fields: vec![
            ("host", "127.0.0.1".to_owned()),
            ("x-original-method", "GET".to_owned()),
            ("x-original-uri", "/v1/patients?a=1".to_owned()),
            ("x-original-host", tenant.host()),
            ("x-original-ip", "203.0.113.7".to_owned()),
        ],
        key: &key,
    };
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let (mut judged, mut let_in) = (0, 0);
    for number in 0..mutations {
        if let Some((request, is_right)) = direct.spoilt(&mut chance) {
            let shown = format!("{number}: {request:?}");
            let status = api.clone().oneshot(request).await?.status().as_u16();
            // Nothing is there: who is let in is told so.
            let accepted = status == 404;
            if !matches!(status, 401 | 403 | 404) || (accepted && !is_right) {
                return fail(format!("{status} for {shown}"));
            }
            judged += 1;
            let_in += u64::from(accepted);
        }
        if let Some((request, is_right)) = asked.spoilt(&mut chance) {
            let shown = format!("{number}: {request:?}");
            let status = internal.clone().oneshot(request).await?.status().as_u16();
            let is_ours = matches!(status, 200 | 400 | 401 | 403 | 404 | 405);
            if !is_ours || (status == 200 && !is_right) {
                return fail(format!("{status} for {shown}"));
            }
            judged += 1;
            let_in += u64::from(status == 200);
        }
    }
    eprintln!("{judged} heads judged, {let_in} let in");
    assert!(judged > mutations / 2 && let_in > mutations / 20, "{judged} {let_in}");
    Ok(())
}
