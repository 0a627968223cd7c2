//! Bytes on a connection, as anybody may send them, to both listeners that programs use. Nothing may
//! make the program panic, and who does not present the one key that there is, is not let in.
//!
//! Needs `DATABASE_URL`, a PostgreSQL that may be filled: see `.ci/fuzz`.

#![no_main]

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use domain::clock::Clock;
use domain::database::{Pools, SignIn, migrate};
use domain::keys::digest::Pepper;
use domain::profiles::Profiles;
use domain::{Backend, directory};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use libfuzzer_sys::fuzz_target;
use server::api::{Api, TrustedProxies};
use server::gateway::{Gateway, Upstreams};
use server::internal::Readiness;
use server::metrics::Traffic;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;
use tower::{Service, ServiceExt};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Well-formed, and the only one there is; the dictionary beside this file has it too.
const KEY: &str = "dph_live_FuzzFuzzFuzzFuzzFuzzFuzzFu331nMp";
const ORGANIZATION: &str = "
    insert into users (id, email, name, password_hash)
        values ('00000000-0000-0000-0000-000000000001', 'a@example.com', 'A', 'unused');
    insert into organizations (id, slug, name, profile)
        values ('00000000-0000-0000-0000-000000000002', 'one', 'One', 'delphos');";
const KEY_ROW: &str = "
    insert into api_keys (id, organization_id, name, environment, scopes, prefix, last_four, digest, pepper_version, created_by)
        values (gen_random_uuid(), '00000000-0000-0000-0000-000000000002', 'Key', 'live', '{*}', 'dph_live_', '1nMp', $1, 1,
                '00000000-0000-0000-0000-000000000001')";

struct Stage {
    runtime: Runtime,
    api: Api,
    internal: axum::Router,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::set().expect("the stage can be set"));

impl Stage {
    fn set() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (api, internal) = runtime.block_on(async {
            let backend = Arc::new(Self::backend().await?);
            tokio::spawn(directory::follow::follow(Arc::clone(&backend)));
            while !backend.directory.is_loaded() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(backend.directory.len(), 1);
            let trusted = TrustedProxies::parse(&["127.0.0.0/8".to_owned()])?;
            let gateway = Gateway::new(&Upstreams::default(), &backend.profiles)?;
            let traffic = Arc::new(Traffic::new(&backend.profiles));
            let api = Api::new(Arc::clone(&backend), trusted, false, gateway, Arc::clone(&traffic))?;
            let readiness = Arc::new(Readiness::new(Arc::clone(&backend)));
            let internal = server::internal::router(backend, readiness, None, traffic)?;
            Ok::<_, Box<dyn std::error::Error>>((api, internal))
        })?;
        Ok(Self { runtime, api, internal })
    }

    async fn backend() -> Result<Backend> {
        let options: PgConnectOptions = std::env::var("DATABASE_URL")?.parse()?;
        migrate::migrate(&options).await?;
        let pools = Pools::new(&options, SignIn::AsOwner);
        let pepper = Pepper::new(1, &[7; 32])?;
        let backend = Backend::new(pools, pepper, Profiles::built_in()?, Clock::system());
        let mut connection = options.connect().await?;
        sqlx::raw_sql(ORGANIZATION).execute(&mut connection).await?;
        let digest = backend.pepper.digest(KEY.as_bytes());
        sqlx::query(KEY_ROW).bind(digest.0.to_vec()).execute(&mut connection).await?;
        connection.close().await?;
        Ok(backend)
    }
}

// The first byte chooses the listener.
fuzz_target!(|bytes: &[u8]| {
    let (stage, Some((first, sent))) = (&*STAGE, bytes.split_first()) else { return };
    let answered = stage.runtime.block_on(async {
        if first % 2 == 0 {
            converse(stage.api.clone(), sent).await
        } else {
            converse(stage.internal.clone(), sent).await
        }
    });
    let has_key = sent.windows(KEY.len()).any(|part| part == KEY.as_bytes());
    for head in heads(&answered) {
        let status = head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or("");
        assert!(!status.starts_with('5') || status == "503", "{}", String::from_utf8_lossy(&answered));
        let names_caller = head.windows(10).any(|part| part.eq_ignore_ascii_case(b"x-latchkey"));
        assert!(has_key || !names_caller, "{}", String::from_utf8_lossy(&answered));
    }
});

/// All that is answered to these bytes.
async fn converse<S>(service: S, sent: &[u8]) -> Vec<u8>
where
    S: Service<Request, Error = std::convert::Infallible, Response = axum::response::Response>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let (mut client, server) = tokio::io::duplex(256 * 1024);
    let peer = SocketAddr::from(([127, 0, 0, 1], 9));
    let service = service.map_request(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let serve = http1::Builder::new()
        .half_close(true)
        .serve_connection(TokioIo::new(server), TowerToHyperService::new(service));
    let ask = async {
        let mut answered = Vec::new();
        // More than fits is not read before it is answered.
        let sent = &sent[..sent.len().min(128 * 1024)];
        let _ = client.write_all(sent).await;
        let _ = client.shutdown().await;
        let _ = client.read_to_end(&mut answered).await;
        answered
    };
    tokio::join!(serve, ask).1
}

/// Where answers begin.
fn heads(answered: &[u8]) -> impl Iterator<Item = &[u8]> {
    let begins = |place: &usize| answered[*place..].starts_with(b"HTTP/1.1 ");
    let end = |place: usize| {
        let rest = &answered[place..];
        rest.windows(4).position(|part| part == b"\r\n\r\n").map_or(rest, |end| &rest[..end])
    };
    (0..answered.len()).filter(begins).map(end)
}
