//! What verification costs: the real program beside a server that does nothing but answer, in the
//! same run, on the same machine, in turns. README.md tells how to read it.

mod bare;
mod cases;
mod forged;
mod load;
mod nginx;
mod process;
mod report;
mod revocation;
mod scale;
mod seed;
mod sustained;

use std::error::Error;

use cases::Stage;
use load::{Case, Round};
use scale::Scale;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What is called, of the profile whose keys are used.
pub const HOST: &str = "apiv3.delivr.localhost";
/// As long as the other.
pub const UNLOGGED_HOST: &str = "unlogged.delivr.localhost";
pub const PATH: &str = "/api/v2/events_schema";

fn main() -> Result<()> {
    let is_bare = std::env::args().any(|argument| argument == bare::ARGUMENT);
    if !is_bare {
        process::pin_the_load()?;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    if is_bare { runtime.block_on(bare::serve()) } else { runtime.block_on(measure()) }
}

/// What is measured; arguments choose among them.
const PARTS: [&str; 4] = ["cases", "forged", "revocation", "sustained"];

async fn measure() -> Result<()> {
    let chosen: Vec<String> = std::env::args().filter(|it| PARTS.contains(&it.as_str())).collect();
    let wants = |part: &str| chosen.is_empty() || chosen.iter().any(|it| it == part);
    let mut scale = Scale::wanted();
    if !wants("cases") {
        scale.many_keys = scale.few_keys;
    }
    let mut stage = Stage::set(&scale).await?;
    if wants("cases") {
        let cases = stage.cases()?;
        let rounds = take_turns(&cases, &scale).await?;
        report::print(&cases, &rounds, process::tick_ms()?, scale.turn.as_secs_f64());
        report::say("");
    }
    if wants("forged") {
        let good = stage.few_keys()[0].clone();
        forged::measure(&stage.few, &mut stage.seed, &good, scale.forged).await?;
    }
    if wants("revocation") {
        let (busy, organization) = (stage.one_of_few(), stage.organization);
        let seed = &mut stage.seed;
        let large = seed.organization("bench-suspended", seed::PROFILE).await?;
        let texts = seed.keys(large, scale.organization_keys).await?;
        for pace in revocation::PACES {
            revocation::of_keys(&busy, seed, organization, scale.revocations, pace).await?;
            let times = scale.suspensions;
            revocation::of_an_organization(&busy, seed, large, &texts, times, pace).await?;
        }
    }
    stage.end().await?;
    if wants("sustained") { sustained::measure(&scale).await } else { Ok(()) }
}

/// Each case has a turn in each round.
async fn take_turns(cases: &[Case], scale: &Scale) -> Result<Vec<Vec<Round>>> {
    report::say(&format!(
        "{} connections, {} rounds of {:?} for each of {} cases.",
        load::CONNECTIONS,
        scale.rounds,
        scale.turn,
        cases.len()
    ));
    let stride = stride(cases.len());
    let mut rounds: Vec<Vec<Round>> = cases.iter().map(|_| Vec::new()).collect();
    for number in 0..scale.rounds {
        // Nobody is always first, or always after the same neighbour's load.
        for turn in 0..cases.len() {
            let place = (number + turn * stride) % cases.len();
            rounds[place].push(load::run(&cases[place], scale.turn).await?);
        }
        report::say(&format!(
            "Round {} of {} done; load average of the machine {}.",
            number + 1,
            scale.rounds,
            process::load_average()?
        ));
    }
    Ok(rounds)
}

/// Steps from one case to the next: has no divisor in common with their number.
fn stride(cases: usize) -> usize {
    let shares_a_divisor =
        |step: usize| (2..=step).any(|by| step.is_multiple_of(by) && cases.is_multiple_of(by));
    (5..=cases).find(|step| !shares_a_divisor(*step)).unwrap_or(1)
}
