//! What was measured, for people.

use crate::load::{self, Case, Round};

/// One line.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub fn say(line: &str) {
    println!("{line}");
}

/// A table with medians. Each ratio is taken within a round, where both sides had the same
/// machine, and stands with its spread: a wide one means that the run decides nothing.
pub fn print(cases: &[Case], rounds: &[Vec<Round>], tick_ms: f64) {
    say("");
    say(
        "case                   requests/s   cores   CPU/request   CPU x bare (least to most)   speed x bare",
    );
    for (case, own) in cases.iter().zip(rounds) {
        let bare = &rounds[case.against];
        let ratio = |value: fn(&Round) -> f64| {
            sorted(own.iter().zip(bare).map(|(own, bare)| value(own) / value(bare)))
        };
        let (cpu, speed) =
            (ratio(|round| round.cpu_us_per_request), ratio(|round| round.requests_per_second));
        say(&format!(
            "{:<21} {:>11.0} {:>7.2} {:>10.2} us {:>12.2}  ({:.2} to {:.2}) {:>18.2}",
            case.name,
            median(&sorted(own.iter().map(|round| round.requests_per_second))),
            median(&sorted(
                own.iter().map(|round| round.requests_per_second * round.cpu_us_per_request / 1e6)
            )),
            median(&sorted(own.iter().map(|round| round.cpu_us_per_request))),
            median(&cpu),
            cpu.first().unwrap_or(&f64::NAN),
            cpu.last().unwrap_or(&f64::NAN),
            median(&speed),
        ));
    }
    say("");
    say(&format!(
        "Server CPU in user and system mode, counted in ticks of {tick_ms:.0} ms; rounds of {} s. What the \
         program does beside requests is included. Client and server share the machine's cores, so requests/s \
         says how the two shared them as much as how fast the server is: CPU/request is the figure to go by.",
        load::SECONDS
    ));
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
