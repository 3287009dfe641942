//! What a traced function and a traced model call cost with other libraries for Rust, and a function with Langfuse's
//! for Python, beside this one.
//!
//! ```sh
//! cargo run --release --manifest-path benches/peers/Cargo.toml             # all
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- quick    # a quarter of the work, two rounds
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- logfire  # those with this in their names
//! ```
//!
//! Langfuse's SDK for Python takes part where it is installed beside the built program:
//!
//! ```sh
//! python3 -m venv benches/peers/target/python
//! benches/peers/target/python/bin/pip install langfuse
//! ```
//!
//! Every case is a process of its own, and so is the backend, which answers at once and counts what it got. Cases take
//! turns, so that what else the machine does hits all of them; the minimum and the median of the rounds are shown. Each
//! library is set up as its documentation says. What did not arrive stands in the table: what is lost costs less.
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on stops by panicking"
)]

mod case;
#[path = "../../memory/mod.rs"]
#[expect(unreachable_pub, reason = "nothing of a program is reachable")]
mod memory;
mod peer;
mod python;
mod sink;
#[path = "../../slim/mod.rs"]
#[expect(unreachable_pub, reason = "nothing of a program is reachable")]
mod slim;
mod table;

use case::{Case, Outcome};
use peer::Peer;
use sink::{Arrived, Sink};

/// A peer, and what became of it in each round.
struct Measured {
    case: Case,
    outcomes: Vec<(Outcome, Arrived)>,
}

fn main() {
    if std::env::var_os(sink::ROLE).is_some() {
        sink::serve();
    }
    if let Ok(case) = std::env::var(case::ROLE) {
        let case: Case = serde_json::from_str(&case).unwrap();
        println!("{}", serde_json::to_string(&case.run()).unwrap());
        return;
    }
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let is_quick = words.iter().any(|word| word == "quick");
    words.retain(|word| word != "quick");
    let (rounds, divisor) = if is_quick { (2, 4) } else { (5, 1) };
    let is_wanted = |peer: &Peer| {
        let title = peer.title().to_lowercase();
        words.is_empty()
            || words
                .iter()
                .any(|word| title.contains(&word.to_lowercase()))
    };
    let mut functions: Vec<_> = Peer::FUNCTIONS.into_iter().filter(is_wanted).collect();
    if functions.contains(&Peer::Python) && python::program().is_none() {
        println!("SKIPPED: {}: not installed", Peer::Python.title());
        functions.retain(|&peer| peer != Peer::Python);
    }
    let calls = Peer::CALLS.concat().into_iter().filter(is_wanted).collect();
    let sink = Sink::start();
    table::functions(&measure(&sink, functions, rounds, divisor));
    table::calls(&measure(&sink, calls, rounds, divisor));
}

/// Runs the cases in turns.
fn measure(sink: &Sink, peers: Vec<Peer>, rounds: usize, divisor: u32) -> Vec<Measured> {
    let with_none = |peer| Measured {
        case: Case::new(peer, divisor),
        outcomes: Vec::new(),
    };
    let mut all: Vec<_> = peers.into_iter().map(with_none).collect();
    for _ in 0..rounds {
        for measured in &mut all {
            measured.outcomes.push(sink.run(&measured.case));
        }
    }
    all
}
