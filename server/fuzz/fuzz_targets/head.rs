//! The head of a request: lines of `name: value`, the first one the address. Nothing in it may make
//! the program panic, and no text may pass for a key by chance.

#![no_main]

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, Uri};
use domain::Backend;
use domain::clock::Clock;
use domain::database::{Pools, SignIn};
use domain::keys::digest::Pepper;
use domain::keys::text::is_well_formed;
use domain::profiles::Profiles;
use libfuzzer_sys::fuzz_target;
use server::api::{Api, TrustedProxies};
use server::gateway::{Gateway, Upstreams};
use sqlx::postgres::PgConnectOptions;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;
use tower::ServiceExt;

struct Stage {
    runtime: Runtime,
    backend: Arc<Backend>,
    api: Api,
}

/// Without a database: nothing here asks one.
static STAGE: LazyLock<Stage> = LazyLock::new(|| set().expect("the stage can be set"));

fn set() -> Result<Stage, Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let _inside = runtime.enter();
    let pools = Pools::new(&PgConnectOptions::new_without_pgpass(), SignIn::AsRole);
    let backend = Backend::new(pools, Pepper::new(1, &[7; 32])?, Profiles::built_in()?, Clock::system());
    let backend = Arc::new(backend);
    let trusted = TrustedProxies::parse(&["127.0.0.0/8".to_owned()])?;
    let gateway = Gateway::new(&Upstreams::default(), &backend.profiles)?;
    let api = Api::new(Arc::clone(&backend), trusted, false, gateway)?;
    drop(_inside);
    Ok(Stage { runtime, backend, api })
}

fuzz_target!(|bytes: &[u8]| {
    let stage = &*STAGE;
    for prefix in stage.backend.profiles.key_prefixes() {
        // A checksum can be right by chance; the length and the alphabet cannot be wrong then.
        assert!(!is_well_formed(bytes, prefix) || bytes.len() == prefix.len() + 32);
    }
    let Some(request) = request(bytes) else { return };
    let answer = stage.runtime.block_on(stage.api.clone().oneshot(request));
    // The directory is not loaded: whoever it is, nobody is let in.
    assert_eq!(answer.map(|answer| answer.status().as_u16()).unwrap_or(500), 503);
});

fn request(bytes: &[u8]) -> Option<Request> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::try_from(lines.next()?).ok()?;
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        request.headers_mut().append(name, HeaderValue::from_bytes(&line[colon + 1..]).ok()?);
    }
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
    Some(request)
}
