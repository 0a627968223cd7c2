//! What verification costs: the real program beside a server that does nothing but answer, in the
//! same run, on the same machine, in turns.

mod bare;
mod load;
mod process;
mod report;

use domain::keys::text::PlainKey;
use serde_json::Value;
use std::error::Error;

use load::{Case, Round};
use process::{Latchkey, Scratch};

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How often each case has its turn.
const ROUNDS: usize = 7;
/// Steps from one case to the next; has no divisor in common with their number.
const STRIDE: usize = 5;

fn main() -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    if std::env::args().any(|argument| argument == bare::ARGUMENT) {
        return runtime.block_on(bare::serve());
    }
    runtime.block_on(measure())
}

async fn measure() -> Result<()> {
    report::say("Starting the program with a database of its own, and a bare server beside it.");
    let scratch = Scratch::make()?;
    let mut latchkey = Latchkey::start(&scratch).await?;
    let mut bare = bare::start().await?;
    let cases = cases(&latchkey, &bare)?;
    report::say(&format!(
        "{} connections, {ROUNDS} rounds of {} s for each of {} cases.",
        load::CONNECTIONS,
        load::SECONDS,
        cases.len()
    ));
    let mut rounds: Vec<Vec<Round>> = cases.iter().map(|_| Vec::new()).collect();
    for number in 0..ROUNDS {
        // Nobody is always first, or always after the same neighbour's load.
        for turn in 0..cases.len() {
            let place = (number + turn * STRIDE) % cases.len();
            rounds[place].push(load::run(&cases[place]).await?);
        }
        report::say(&format!(
            "Round {} of {ROUNDS} done; load average of the machine {}.",
            number + 1,
            process::load_average()?
        ));
    }
    report::print(&cases, &rounds, process::tick_ms()?);
    bare.end().await;
    latchkey.end().await
}

/// Each case, and the one that it is compared with.
fn cases(latchkey: &Latchkey, bare: &bare::Bare) -> Result<Vec<Case>> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("demo.json lacks a text");
    let (delphos, delivr) = (latchkey.organization("delphos")?, latchkey.organization("delivr")?);
    let (key, secret) = (text(&delivr["api_key"])?, text(&delivr["api_secret"])?);
    let pair = format!("x-api-key: {key}\r\nx-api-secret: {secret}\r\n");
    let unknown = PlainKey::mint("dlvr_")?;
    let forged = format!("x-api-key: {}\r\nx-api-secret: {secret}\r\n", unknown.expose());
    let question = format!(r#"{{"key":"{}"}}"#, text(&delphos["api_key"])?);
    let host = "apiv3.delivr.localhost";
    let get = "/api/v2/events_schema";
    let case = |name, against, status, server: (&str, u32), request: String| Case {
        name,
        against,
        status,
        address: server.0.to_owned(),
        pid: server.1,
        request,
    };
    let (api, internal) = ((latchkey.api(), latchkey.pid()), (latchkey.internal(), latchkey.pid()));
    let unrouted = (bare.unrouted.as_str(), bare.pid);
    let bare = (bare.address.as_str(), bare.pid);
    Ok(vec![
        // The same headers and bodies, so that only what is done with them differs.
        case("bare GET", 0, 200, bare, load::get(host, "/get", &pair)),
        case("bare POST of JSON", 1, 200, bare, load::post("/post", &question)),
        case("bare, without router", 0, 200, unrouted, load::get(host, get, &pair)),
        case("validated API request", 0, 200, api, load::get(host, get, &pair)),
        case("refused API request", 0, 401, api, load::get(host, get, &forged)),
        case("POST /verify", 1, 200, internal, load::post("/verify", &question)),
    ])
}
