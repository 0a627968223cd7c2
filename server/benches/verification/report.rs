//! What was measured, for people.

use std::time::Duration;

use crate::load::{Case, Round};
use crate::process;

/// One line.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub fn say(line: &str) {
    println!("{line}");
}

/// A table with medians. Each ratio is taken within a round, where both sides had the same
/// machine, and stands with its spread: a wide one means that the run decides nothing.
pub fn print(cases: &[Case], rounds: &[Vec<Round>], tick_ms: f64, seconds: f64) {
    say("");
    say(
        "case                           requests/s   cores   CPU/request   /s of CPU   CPU x (least to most)   speed x   of",
    );
    for (case, own) in cases.iter().zip(rounds) {
        let bare = &rounds[case.against];
        let ratio = |value: fn(&Round) -> f64| {
            sorted(own.iter().zip(bare).map(|(own, bare)| value(own) / value(bare)))
        };
        let (cpu, speed) =
            (ratio(|round| round.cpu_us_per_request), ratio(|round| round.requests_per_second));
        let cpu_us = median(&sorted(own.iter().map(|round| round.cpu_us_per_request)));
        say(&format!(
            "{:<29} {:>11.0} {:>7.2} {:>10.2} us {:>11.0} {:>6.2}  ({:.2} to {:.2}) {:>9.2}   {}",
            case.name,
            median(&sorted(own.iter().map(|round| round.requests_per_second))),
            median(&sorted(
                own.iter().map(|round| round.requests_per_second * round.cpu_us_per_request / 1e6)
            )),
            cpu_us,
            1e6 / cpu_us,
            median(&cpu),
            cpu.first().unwrap_or(&f64::NAN),
            cpu.last().unwrap_or(&f64::NAN),
            median(&speed),
            cases[case.against].name,
        ));
    }
    say("");
    let shared = if process::is_pinned() {
        "All servers have one processor, in turns; the load has the other, with PostgreSQL, which takes in the access \
         log. Where `cores` is below 1, the load was too slow; /s of CPU says what the server does with a processor."
    } else {
        "Client and server share the machine's processors: CPU/request is the figure to go by."
    };
    say(&format!(
        "Server CPU in user and system mode, counted in ticks of {tick_ms:.0} ms; rounds of {seconds} s. What the \
         program does beside requests is included. {shared}"
    ));
}

/// Half of them took no longer than the first, nearly all no longer than the second.
pub fn print_delays(what: &str, mut delays: Vec<Duration>) {
    delays.sort_unstable();
    let at = |percent: usize| {
        delays.get((delays.len() * percent).div_ceil(100).saturating_sub(1)).copied()
    };
    let [half, p99, most] = [50, 99, 100].map(|percent| at(percent).unwrap_or_default());
    let times = delays.len();
    say(&format!("{what}: p50 {half:.2?}, p99 {p99:.2?}, at most {most:.2?} ({times} times)"));
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
