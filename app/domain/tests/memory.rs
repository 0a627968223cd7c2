//! What the key directory and a request cost in memory. A program of its own: it counts what the
//! allocator is asked for.
//!
//! `LATCHKEY_TEST_KEYS` asks for another number of keys, such as a million, of an optimized build;
//! `LATCHKEY_TEST_REQUESTS` for another number of requests that are timed: the difference between
//! two such numbers is what an instruction counter can divide by.

use allocation_counter::measure;
use domain::clock::Clock;
use domain::database::{Pools, SignIn, migrate};
use domain::keys::digest::Pepper;
use domain::keys::text::PlainKey;
use domain::profiles::Profiles;
use domain::verification::{Demand, Outcome, Presented, Reason, verify};
use domain::{Backend, directory};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const KEYS: i64 = 100_000;
const BYTES_A_KEY: u64 = 200;
const REQUESTS: usize = 100_000;
/// Timed together: a clock is slower than a request.
const BATCH: usize = 100;

/// Organizations, channels and keys by hand: forms would take hours for a million.
const SEED: &str = "
    insert into users (id, email, name, password_hash)
        values ('00000000-0000-0000-0000-000000000001', 'a@example.com', 'A', 'unused');
    insert into organizations (id, slug, name, profile)
        select gen_random_uuid(), 'o' || number, 'O', 'delivr' from generate_series(1, 1000) number;
    insert into channels (id, organization_id, name, created_by)
        select gen_random_uuid(), id, 'Hub', '00000000-0000-0000-0000-000000000001' from organizations;
    set session_replication_role = replica;
    alter table api_keys disable trigger note_key_change;";
const SEED_KEYS: &str = "
    insert into api_keys (id, organization_id, channel_id, name, environment, scopes, prefix, last_four, digest,
                          pepper_version, secret_digest, secret_required, expires_at, created_by)
        select gen_random_uuid(), organization_id, channels.id, 'Key', 'live', '{*}', 'dlvr_', 'abcd',
               sha256(int8send(number)), 1, sha256(int8send(-number)), true, now() + interval '90 days', created_by
        from generate_series(1, $1) number
        join (select channels.*, row_number() over () as place from channels) channels on place = 1 + number % 1000";

#[test]
fn keys_take_little_memory_and_requests_none() -> Result {
    let keys = std::env::var("LATCHKEY_TEST_KEYS").ok().map_or(Ok(KEYS), |keys| keys.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let name = format!("test_{}", Uuid::now_v7().simple());
    let server: PgConnectOptions = std::env::var("DATABASE_URL")?.parse()?;
    let owner = server.clone().database(&name);
    let result = runtime.block_on(seed(&server, &owner, &name, keys)).and_then(|backend| {
        load(&runtime, &backend, keys)?;
        ask(&backend)
    });
    runtime.block_on(async {
        let mut server = server.connect().await?;
        sqlx::raw_sql(&format!("drop database {name} with (force)")).execute(&mut server).await?;
        Result::Ok(())
    })?;
    result
}

/// A text that the directory holds, beside all that were made by hand.
const TEXT: &str = "dlvr_0123456789ABCDEFGHIJKLMNOP";

async fn seed(
    server: &PgConnectOptions,
    owner: &PgConnectOptions,
    name: &str,
    keys: i64,
) -> Result<Arc<Backend>> {
    let mut connection = server.connect().await?;
    sqlx::raw_sql(&format!("create database {name}")).execute(&mut connection).await?;
    connection.close().await?;
    migrate::migrate(owner).await?;
    let pools = Pools::new(owner, SignIn::AsOwner);
    let pepper = Pepper::new(1, &[7; 32])?;
    let backend = Backend::new(pools, pepper, Profiles::built_in()?, Clock::system());
    let mut connection = owner.connect().await?;
    sqlx::raw_sql(SEED).execute(&mut connection).await?;
    sqlx::query(SEED_KEYS).bind(keys).execute(&mut connection).await?;
    let digest = backend.pepper.digest(known_key().as_bytes());
    sqlx::query("update api_keys set digest = $1 where digest = sha256(int8send(1::bigint))")
        .bind(digest.0.to_vec())
        .execute(&mut connection)
        .await?;
    let secret = backend.pepper.digest(b"secret");
    sqlx::query("update api_keys set secret_digest = $2, allowed_networks = '{10.0.0.0/8}', rate_limit = 1000000 where digest = $1")
        .bind(digest.0.to_vec())
        .bind(secret.0.to_vec())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(Arc::new(backend))
}

/// The text with its checksum.
fn known_key() -> String {
    let mut rest = crc32fast::hash(TEXT.as_bytes());
    let mut checksum = Vec::new();
    for _ in 0..6 {
        let digit = u8::try_from(rest % 62).unwrap_or(0);
        checksum.push(match digit {
            0..=9 => b'0' + digit,
            10..=35 => b'A' + digit - 10,
            _ => b'a' + digit - 36,
        });
        rest /= 62;
    }
    checksum.reverse();
    format!("{TEXT}{}", String::from_utf8_lossy(&checksum))
}

fn load(runtime: &tokio::runtime::Runtime, backend: &Arc<Backend>, keys: i64) -> Result {
    let began = Instant::now();
    let grown = measure(|| {
        runtime.block_on(async {
            tokio::spawn(directory::follow::follow(Arc::clone(backend)));
            while !backend.directory.is_loaded() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    });
    let took = began.elapsed();
    assert_eq!(i64::try_from(backend.directory.len())?, keys);
    let bytes = u64::try_from(grown.bytes_current)? / keys.unsigned_abs();
    eprintln!("{keys} keys: {bytes} bytes a key in all, loaded in {took:.2?}");
    // Of few keys, what the program has anyway would be most of it.
    assert!(keys < KEYS || bytes <= BYTES_A_KEY, "{bytes} bytes a key");
    Ok(())
}

fn ask(backend: &Backend) -> Result {
    let requests = std::env::var("LATCHKEY_TEST_REQUESTS").ok();
    let requests = requests.map_or(Ok(REQUESTS), |requests| requests.parse())?;
    let key = known_key();
    let presented = Presented { key: Some(key.as_bytes()), secret: Some(b"secret") };
    let demand = Demand {
        profile: backend.profiles.get("delivr"),
        read: true,
        ip: "10.1.2.3".parse().ok(),
        ..Demand::default()
    };
    let forged = PlainKey::mint("dlvr_")?;
    let forged = Presented { key: Some(forged.expose().as_bytes()), secret: None };
    // The first request of a minute makes a counter.
    for presented in [presented, forged] {
        black_box(verify(backend, presented, demand));
    }
    for (presented, expected) in
        [(presented, Outcome::Accepted), (forged, Outcome::Refused(Reason::Unknown))]
    {
        // A minute may end in between: what costs nothing must do so at the second try.
        let counted = || {
            let counted = measure(|| {
                for _ in 0..1_000 {
                    assert_eq!(verify(backend, presented, demand).outcome(), expected);
                }
            });
            counted.count_total
        };
        assert_eq!(counted().min(counted()), 0, "{expected:?}");
        eprintln!(
            "{expected:?}: {}",
            timed(requests, || {
                black_box(verify(backend, black_box(presented), demand));
            })?
        );
    }
    Ok(())
}

/// How long each takes, in batches.
fn timed(requests: usize, mut ask: impl FnMut()) -> Result<String> {
    let mut batches: Vec<_> = (0..requests / BATCH)
        .map(|_| {
            let began = Instant::now();
            (0..BATCH).for_each(|_| ask());
            began.elapsed()
        })
        .collect();
    batches.sort_unstable();
    let each = u32::try_from(BATCH)?;
    let at = |percent: usize| batches.get(batches.len() * percent / 100).map(|took| *took / each);
    Ok(match (at(50), at(99)) {
        (Some(half), Some(p99)) => format!("p50 {half:.2?}, p99 {p99:.2?} each, {requests} times"),
        _ => "not timed".to_owned(),
    })
}
