//! The servers that are compared, and what they are asked.

use domain::keys::text::PlainKey;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::load::{self, Case, Connection};
use crate::nginx::Nginx;
use crate::process::{Latchkey, Scratch};
use crate::scale::Scale;
use crate::seed::{PROFILE, Seed, UNLOGGED, UNLOGGED_PREFIX};
use crate::{HOST, PATH, Result, UNLOGGED_HOST, bare, nginx, report};

/// Of many keys, so many are shown.
const SHOWN: usize = 20_000;
const PATIENCE: Duration = Duration::from_secs(120);

/// What a key can be bound to, but for a rate limit: its header fields would differ in length.
const ALL_TERMS: &str = "allowed_networks = '{127.0.0.0/8,10.0.0.0/8}', not_before = now() - interval '1 hour', \
     secret_required = true, secret_digest = ";

/// All servers, with their keys.
pub struct Stage {
    pub few: Latchkey,
    many: Latchkey,
    bare: bare::Bare,
    plain_nginx: Option<Nginx>,
    lua_nginx: Option<Nginx>,
    /// Into the database of the program with few keys.
    pub seed: Seed,
    pub organization: Uuid,
    few_keys: Vec<String>,
    unlogged_keys: Vec<String>,
    many_keys: Vec<String>,
    /// What is refused, by reason.
    refused: Vec<(&'static str, String)>,
    bound: (String, String),
    _scratches: [Scratch; 3],
}

impl Stage {
    pub async fn set(scale: &Scale) -> Result<Self> {
        report::say(
            "Starting the program twice, each with a database of its own, and others to compare with.",
        );
        let scratches = [Scratch::make("few")?, Scratch::make("many")?, Scratch::make("nginx")?];
        let many_keys = seed_many(&scratches[1], scale.many_keys).await?;
        let many = start_with_many(&scratches[1], scale.many_keys).await?;
        let few = Latchkey::start(&scratches[0]).await?;
        let mut seed = Seed::of(few.data_dir()).await?;
        let organization = seed.organization("bench", PROFILE).await?;
        let refused = refused(&mut seed, organization).await?;
        let bound = bound(&mut seed, organization).await?;
        // The last to be written: known when all are.
        let unlogged = seed.organization("unlogged", UNLOGGED).await?;
        let unlogged_keys = seed.keys_of(UNLOGGED_PREFIX, unlogged, scale.few_keys).await?;
        let few_keys = seed.keys(organization, scale.few_keys).await?;
        until_known(&few, &few_keys[few_keys.len() - 1]).await?;
        until_known(&many, &many_keys[0]).await?;
        let bare = bare::start().await?;
        let (mut plain_nginx, mut lua_nginx) = (None, None);
        if nginx::is_there() {
            plain_nginx = Some(nginx::plain(&scratches[2]).await?);
            if nginx::has_lua() {
                lua_nginx = Some(nginx::with_lua(&scratches[2], &few_keys[0]).await?);
            } else {
                report::say(
                    "Without nginx and Lua: Debian's libnginx-mod-http-lua is not installed.",
                );
            }
        } else {
            report::say("Without nginx: Debian's nginx-light is not installed.");
        }
        Ok(Self {
            few,
            many,
            bare,
            plain_nginx,
            lua_nginx,
            seed,
            organization,
            few_keys,
            unlogged_keys,
            many_keys,
            refused,
            bound,
            _scratches: scratches,
        })
    }

    pub fn few_keys(&self) -> &[String] {
        &self.few_keys
    }

    /// Each case, and the one that it is compared with.
    pub fn cases(&self) -> Result<Vec<Case>> {
        let few = (self.few.api(), self.few.pid());
        let (bare, unrouted) = (
            (self.bare.address.as_str(), self.bare.pid),
            (self.bare.unrouted.as_str(), self.bare.pid),
        );
        let (key, secret) = &self.bound;
        let pair = format!("x-api-key: {key}\r\nx-api-secret: {secret}\r\n");
        let question = format!(r#"{{"key":"{}"}}"#, demo_key(&self.few)?);
        // The same headers and bodies, so that only what is done with them differs.
        let mut cases = vec![
            case("bare GET", 0, 200, bare, load::get(HOST, "/get", &pair)),
            case("bare POST of JSON", 1, 200, bare, load::post("/post", &question)),
            case("bare, without router", 0, 200, unrouted, load::get(HOST, PATH, &pair)),
            case("validated, all terms", 0, 200, few, load::get(HOST, PATH, &pair)),
            self.one_of_few(),
        ];
        let few_place = cases.len() - 1;
        cases.push(of_many("validated, calls not logged", few_place, few, &self.unlogged_keys));
        let many = (self.many.api(), self.many.pid());
        let shown = &self.many_keys[..SHOWN.min(self.many_keys.len())];
        cases.push(of_many("validated, of many keys", few_place, many, shown));
        let unknown_place = cases.len();
        for (number, (name, key)) in self.refused.iter().enumerate() {
            let headers = if key.is_empty() { String::new() } else { header(key) };
            let against = if number == 0 { 0 } else { unknown_place };
            cases.push(case(name, against, 401, few, load::get(HOST, PATH, &headers)));
        }
        let internal = (self.few.internal(), self.few.pid());
        cases.push(case("POST /verify", 1, 200, internal, load::post("/verify", &question)));
        let request = load::get(HOST, PATH, &header(&self.few_keys[0]));
        for (name, nginx) in
            [("nginx alone", &self.plain_nginx), ("nginx + Lua, existence", &self.lua_nginx)]
        {
            if let Some(nginx) = nginx {
                cases.push(case(name, 0, 200, (&nginx.address, nginx.pid), request.clone()));
            }
        }
        Ok(cases)
    }

    /// Keys without further terms, in turn.
    pub fn one_of_few(&self) -> Case {
        of_many("validated, of few keys", 0, (self.few.api(), self.few.pid()), &self.few_keys)
    }

    pub async fn end(mut self) -> Result<()> {
        self.seed.end().await?;
        self.bare.end().await;
        self.few.end().await?;
        self.many.end().await
    }
}

fn case(
    name: &'static str,
    against: usize,
    status: u16,
    server: (&str, u32),
    request: String,
) -> Case {
    let (address, pid) = (server.0.to_owned(), server.1);
    Case { name, against, status, address, pid, requests: Arc::new(vec![request]) }
}

pub fn of_many(name: &'static str, against: usize, server: (&str, u32), keys: &[String]) -> Case {
    let host = if name.ends_with("not logged") { UNLOGGED_HOST } else { HOST };
    let requests = keys.iter().map(|key| load::get(host, PATH, &header(key))).collect();
    let (address, pid) = (server.0.to_owned(), server.1);
    Case { name, against, status: 200, address, pid, requests: Arc::new(requests) }
}

fn header(key: &str) -> String {
    format!("x-api-key: {key}\r\n")
}

fn demo_key(latchkey: &Latchkey) -> Result<String> {
    let key = &latchkey.organization("delphos")?["api_key"];
    Ok(Value::as_str(key).ok_or("demo.json lacks a key")?.to_owned())
}

/// One text for each reason that has the same answer; the first is what others are compared with.
async fn refused(seed: &mut Seed, organization: Uuid) -> Result<Vec<(&'static str, String)>> {
    let unknown = PlainKey::mint("dlvr_")?.expose().to_owned();
    let malformed = format!("{}!", &unknown[..unknown.len() - 1]);
    let mut with = async |set: &str| seed.key_with(organization, set).await;
    Ok(vec![
        ("refused: unknown", unknown),
        ("refused: missing", String::new()),
        ("refused: malformed", malformed),
        ("refused: revoked", with("status = 'REVOKED', revoked_at = now()").await?),
        ("refused: disabled", with("status = 'DISABLED'").await?),
        ("refused: expired", with("expires_at = now() - interval '1 hour'").await?),
    ])
}

async fn bound(seed: &mut Seed, organization: Uuid) -> Result<(String, String)> {
    let secret = PlainKey::mint_secret()?.expose().to_owned();
    let digest = domain::hex::hex(&seed.digest(&secret));
    let key = seed.key_with(organization, &format!("{ALL_TERMS} '\\x{digest}'")).await?;
    Ok((key, secret))
}

async fn seed_many(scratch: &Scratch, number: usize) -> Result<Vec<String>> {
    let mut latchkey = Latchkey::start(scratch).await?;
    let mut seed = Seed::of(latchkey.data_dir()).await?;
    let organization = seed.organization("bench", PROFILE).await?;
    let began = Instant::now();
    let texts = seed.keys_untold(organization, number).await?;
    report::say(&format!("{number} keys of {PROFILE} written in {:.1?}.", began.elapsed()));
    seed.end().await?;
    latchkey.end().await?;
    Ok(texts)
}

async fn start_with_many(scratch: &Scratch, number: usize) -> Result<Latchkey> {
    let began = Instant::now();
    let latchkey = Latchkey::start(scratch).await?;
    report::say(&format!(
        "Started on {number} keys in {:.1?}, PostgreSQL's start included.",
        began.elapsed()
    ));
    Ok(latchkey)
}

pub async fn until_known(latchkey: &Latchkey, key: &str) -> Result<()> {
    let mut connection = Connection::open(latchkey.api()).await?;
    let (began, request) = (Instant::now(), load::get(HOST, PATH, &header(key)));
    while connection.ask(&request).await? != 200 {
        if began.elapsed() > PATIENCE {
            return Err("a key stays unknown".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
