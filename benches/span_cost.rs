//! What a span costs in processor time, on the caller's thread and in the whole process: this crate beside
//! tracing-opentelemetry with the SDK's batch processor and opentelemetry-otlp.
//!
//! ```sh
//! cargo bench --bench span_cost                    # spans, messages, growth, calls
//! cargo bench --bench span_cost -- spans calls     # some of them
//! cargo bench --bench span_cost -- quick           # a quarter of the work, two rounds
//! cargo bench --bench span_cost -- instructions    # counts by valgrind's callgrind, without a clock
//! cargo bench --bench span_cost -- check           # the same against benches/instructions.json
//! cargo bench --bench span_cost -- record          # and written there
//! ```
//!
//! Every case is a process of its own, and so is the backend, which answers at once and counts what it got: a
//! case that loses a span stops the program. Cases take turns, so that what else the machine does hits all of
//! them; the minimum and the median of the rounds are shown. Requests are compressed with gzip.
#![expect(clippy::print_stdout, reason = "the table is for whoever runs this")]
#![expect(clippy::unwrap_used, reason = "a measurement stops by panicking")]
#![expect(unreachable_pub, reason = "nothing of a program is reachable")]

mod cost;
mod memory;
mod slim;
mod stream;

use std::process::ExitCode;

use cost::case::{Case, Outcome, Stack, Work};
use cost::{guard, sink};

fn main() -> ExitCode {
    if std::env::var_os(sink::ROLE).is_some() {
        sink::run();
    }
    if let Ok(case) = std::env::var(cost::case::ROLE) {
        let case: Case = serde_json::from_str(&case).unwrap();
        println!("{}", serde_json::to_string(&case.run()).unwrap());
        return ExitCode::SUCCESS;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let says = |word: &str| words.iter().any(|given| given == word);
    let guards = ["instructions", "check", "record"];
    if let Some(what) = guards.into_iter().find(|what| says(what)) {
        return guard::run(what);
    }
    let scale = if says("quick") {
        Scale::QUICK
    } else {
        Scale::FULL
    };
    let groups = ["spans", "messages", "growth", "calls"];
    let wants = |group: &str| says(group) || !groups.iter().any(|group| says(group));
    let sink = sink::Sink::start();
    if wants("spans") {
        spans(&sink, scale);
    }
    if wants("messages") {
        messages(&sink, scale);
    }
    if wants("growth") {
        growth(&sink, scale);
    }
    if wants("calls") {
        calls(&sink, scale);
    }
    ExitCode::SUCCESS
}

#[derive(Clone, Copy)]
struct Scale {
    spans: u32,
    rounds: u32,
}

impl Scale {
    const FULL: Self = Self {
        spans: 60_000,
        rounds: 5,
    };
    const QUICK: Self = Self {
        spans: 15_000,
        rounds: 2,
    };
}

/// The outcomes of a case in all rounds.
struct Measured {
    case: Case,
    outcomes: Vec<Outcome>,
}

impl Measured {
    /// The minimum and the median of a figure, for one unit of work.
    fn each(&self, figure: impl Fn(&Outcome) -> f64) -> (f64, f64) {
        self.all(|outcome| figure(outcome) / f64::from(self.case.count))
    }

    fn all(&self, figure: impl Fn(&Outcome) -> f64) -> (f64, f64) {
        let mut figures: Vec<f64> = self.outcomes.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        (figures[0], figures[figures.len() / 2])
    }

    fn caller(&self) -> (f64, f64) {
        self.each(|outcome| outcome.caller_us)
    }

    fn process(&self) -> (f64, f64) {
        self.each(|outcome| outcome.process_us)
    }
}

/// Runs the cases in turns.
fn measure(sink: &sink::Sink, rounds: u32, cases: Vec<Case>) -> Vec<Measured> {
    let with_none = |case| Measured {
        case,
        outcomes: Vec::new(),
    };
    let mut all: Vec<_> = cases.into_iter().map(with_none).collect();
    for _ in 0..rounds {
        for measured in &mut all {
            let outcome = sink.run(&measured.case);
            measured.outcomes.push(outcome);
        }
    }
    all
}

fn table(title: &str, measured: &[Measured]) {
    println!(
        "\n{title:<34} {:>18} {:>7} {:>18} {:>7} {:>9}",
        "caller, µs", "ratio", "process, µs", "ratio", "peak"
    );
    println!(
        "{:<34} {:>18} {:>7} {:>18}",
        "", "min / median", "", "min / median"
    );
    let base = measured.iter().find(|one| one.case.stack == Stack::Sdk);
    for one in measured {
        let ratio = |figure: fn(&Measured) -> (f64, f64)| {
            base.map_or(String::new(), |base| {
                format!("{:.2}", figure(one).0 / figure(base).0)
            })
        };
        let (caller, process) = (one.caller(), one.process());
        println!(
            "  {:<32} {:>8.3} / {:>7.3} {:>7} {:>8.3} / {:>7.3} {:>7} {:>5.0} MiB",
            one.case.stack.title(),
            caller.0,
            caller.1,
            ratio(Measured::caller),
            process.0,
            process.1,
            ratio(Measured::process),
            one.all(|outcome| outcome.peak_mib).1
        );
    }
}

fn spans(sink: &sink::Sink, scale: Scale) {
    let case = |stack| Case::new(Work::Function, stack, scale.spans);
    let measured = measure(sink, scale.rounds, Stack::ALL.map(case).into());
    table("a function, two arguments + result", &measured);
}

fn messages(sink: &sink::Sink, scale: Scale) {
    let stacks = [Stack::None, Stack::Sdk, Stack::Plain, Stack::Langfuse];
    let count = scale.spans / 60;
    let case = |stack| Case::new(Work::Messages, stack, count);
    let measured = measure(sink, scale.rounds, stacks.map(case).into());
    table("a span with 50 kB of messages", &measured);
}

/// The same spans in traces of different sizes.
fn growth(sink: &sink::Sink, scale: Scale) {
    let sizes = [10, 100, 1_000, 10_000, scale.spans];
    let case = |size| Case {
        in_trace: size,
        ..Case::new(Work::Function, Stack::Langfuse, scale.spans)
    };
    let measured = measure(sink, scale.rounds, sizes.map(case).into());
    println!(
        "\n{:<34} {:>11} {:>7} {:>11} {:>7}",
        "spans in a trace", "caller, µs", "ratio", "process, µs", "ratio"
    );
    let first = (measured[0].caller().0, measured[0].process().0);
    for one in &measured {
        let (caller, process) = (one.caller().0, one.process().0);
        println!(
            "  {:<32} {caller:>11.3} {:>7.2} {process:>11.3} {:>7.2}",
            one.case.in_trace,
            caller / first.0,
            process / first.1
        );
    }
}

/// Calls over HTTP with and without tracing.
fn calls(sink: &sink::Sink, scale: Scale) {
    println!(
        "\n{:<34} {:>13} {:>17} {:>17} {:>17}",
        "a model call over HTTP", "added CPU, µs", "p50, µs", "p99, µs", "first chunk, µs"
    );
    for (bytes, chunks) in [(2_000, 0), (200_000, 0), (2_000, 200), (2_000, 5_000)] {
        for at_once in [1, 64, 512] {
            if bytes > 100_000 && at_once > 64 {
                // A hundred megabytes at once are more than may wait: spans would be lost.
                continue;
            }
            // All calls with 200 kB together are less than may wait, since they come faster than they are sent.
            let weight = 1 + chunks / 40 + bytes as u32 / 8_000;
            let count = (scale.spans / 10 / weight).max(at_once) / at_once * at_once;
            let case = |stack| Case {
                at_once,
                bytes,
                chunks,
                ..Case::new(Work::Call, stack, count)
            };
            let cases = [Stack::None, Stack::Langfuse].map(case).into();
            let measured = measure(sink, scale.rounds, cases);
            let [plain, traced] = &measured[..] else {
                continue;
            };
            let pair = |figure: fn(&Outcome) -> f64| {
                format!("{:.0} → {:.0}", plain.all(figure).0, traced.all(figure).0)
            };
            let what = match chunks {
                0 => format!("{} kB, {at_once} at once", bytes / 1_000),
                chunks => format!("{chunks} chunks, {at_once} at once"),
            };
            println!(
                "  {what:<32} {:>13.1} {:>17} {:>17} {:>17}",
                traced.process().0 - plain.process().0,
                pair(|outcome| outcome.p50_us),
                pair(|outcome| outcome.p99_us),
                pair(|outcome| outcome.first_us)
            );
        }
    }
}
