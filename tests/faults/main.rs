//! Every fault of a backend, a disk or a process that is known, and what becomes of the spans.
//!
//! ```sh
//! cargo test --test faults -- all            # two to three minutes
//! cargo test --test faults -- long           # ten times as many spans
//! cargo test --test faults -- poison kill    # the rows whose names begin so
//! cargo test --test faults -- soak 300       # memory, for so many seconds
//! ```
//!
//! A plain program. Each row is a process, or several, whose peak of memory is its own; the receiver lives in
//! this one and knows which spans it has taken. A row is balanced if every process says made = exported +
//! spooled + dropped + pending, if all of what was made is accounted for when the row ends, and if what was
//! said to be exported has arrived. Where a receiver takes a request and does not say so, more may have arrived
//! than was said. It fails if a row is not balanced, if one loses spans that need not be lost, or if bad
//! requests delay others by more than a second.
//!
//! Clocks that jump are no row: the schedule takes the time as an argument, and its own tests let it jump.
#![expect(clippy::print_stdout, reason = "the table is for whoever runs this")]
#![expect(clippy::unwrap_used, reason = "a measurement stops by panicking")]
#![expect(unreachable_pub, reason = "nothing of a program is reachable")]

mod cases;
#[path = "../../examples/support/openai_sim/mod.rs"]
mod openai_sim;
mod process;
mod row;
mod sink;
mod soak;
#[path = "../it/support/tls.rs"]
mod tls;

use std::process::ExitCode;

fn main() -> ExitCode {
    if process::is_one() || soak::is_one() {
        return ExitCode::SUCCESS;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = words.iter().position(|word| word == "soak") {
        let seconds = words.get(at + 1).and_then(|word| word.parse().ok());
        return soak::run(seconds.unwrap_or(300));
    }
    let named: Vec<_> = words.iter().filter(|word| !word.starts_with('-')).collect();
    if named.is_empty() {
        println!("nothing is run: say `all`, `long`, `soak`, or the beginning of a row's name");
        return ExitCode::SUCCESS;
    }
    let is_long = named.iter().any(|word| *word == "long");
    let is_all = is_long || named.iter().any(|word| *word == "all");
    row::print_head();
    let mut problems = Vec::new();
    for (name, case) in cases::ALL {
        if is_all || named.iter().any(|word| name.starts_with(word.as_str())) {
            let row = case(if is_long { 10 } else { 1 });
            row.print(name);
            problems.extend(
                row.problems()
                    .into_iter()
                    .map(|one| format!("{name}: {one}")),
            );
        }
    }
    for problem in &problems {
        println!("{problem}");
    }
    match problems.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// A figure that the system has of this process, in KiB; 0 where it does not say.
pub fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or_default()
}
