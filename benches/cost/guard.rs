//! Counts instead of clocks: instructions by valgrind's callgrind, and allocations, held against committed
//! figures.
//!
//! Every case runs with two amounts of work; their difference is what the work costs without what starts and
//! ends around it. Instructions are those of the caller's thread and those of all threads.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde::{Deserialize, Serialize};

use super::case::{Case, Stack, Work};
use super::sink::Sink;

/// A figure may be this much larger than the committed one.
const TOLERANCE: f64 = 1.10;

/// How often a case runs whose figures are recorded, or are too large.
const ATTEMPTS: usize = 3;

/// What one unit of work costs.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Figures {
    /// On the caller's thread.
    allocations: f64,
    /// On the caller's thread.
    caller_instructions: f64,
    process_instructions: f64,
}

impl Figures {
    const COLUMNS: [fn(&Self) -> f64; 3] = [
        |figures| figures.allocations,
        |figures| figures.caller_instructions,
        |figures| figures.process_instructions,
    ];

    fn min(self, other: Self) -> Self {
        Self {
            allocations: self.allocations.min(other.allocations),
            caller_instructions: self.caller_instructions.min(other.caller_instructions),
            process_instructions: self.process_instructions.min(other.process_instructions),
        }
    }

    fn is_worse_than(&self, committed: &Self) -> bool {
        let mut columns = Self::COLUMNS.iter();
        columns.any(|figure| figure(self) > figure(committed) * TOLERANCE + 1.0)
    }
}

type ByWork = BTreeMap<String, Figures>;

/// A kind of work, and two amounts of it.
struct Guarded {
    name: &'static str,
    cases: [Case; 2],
    /// By how many units the amounts differ.
    units: f64,
    /// What the SDK does in its place is no concern of the committed figures.
    is_reference: bool,
}

/// Runs `instructions`, `check` or `record`.
pub fn run(what: &str) -> ExitCode {
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    if !has_valgrind {
        println!("SKIPPED: valgrind is missing, so no instructions are counted");
        return ExitCode::SUCCESS;
    }
    let sink = Sink::start();
    let committed = committed();
    println!(
        "{:<30} {:>12} {:>22} {:>22}",
        "instructions", "allocations", "caller", "process"
    );
    let mut found = ByWork::new();
    let mut worse = Vec::new();
    for guarded in all()
        .into_iter()
        .filter(|one| what == "instructions" || !one.is_reference)
    {
        let name = guarded.name;
        let before = committed.get(name);
        let mut figures = guarded.figures(&sink);
        // Which requests the spans share differs from run to run, which only adds.
        for _ in 1..ATTEMPTS {
            if what == "record" || before.is_some_and(|before| figures.is_worse_than(before)) {
                figures = figures.min(guarded.figures(&sink));
            }
        }
        let of = |figure: fn(&Figures) -> f64| {
            let (now, before) = (figure(&figures), before.map(figure));
            before.map_or_else(
                || format!("{now:.1}"),
                |before| format!("{before:.1} → {now:.1}"),
            )
        };
        let [allocations, caller, process] = Figures::COLUMNS.map(of);
        println!("{name:<30} {allocations:>12} {caller:>22} {process:>22}");
        if before.is_some_and(|before| figures.is_worse_than(before)) {
            worse.push(name);
        }
        if !guarded.is_reference {
            found.insert(name.to_owned(), figures);
        }
    }
    match what {
        "record" => {
            let mut committed = all_committed();
            committed.insert(build().to_owned(), found);
            let text = serde_json::to_string_pretty(&committed).unwrap();
            fs::write(file(), text + "\n").unwrap();
        }
        "check" if !worse.is_empty() => {
            println!(
                "more than a tenth above {}: {}. If that is meant: \
                 cargo bench --bench span_cost -- record",
                file().display(),
                worse.join(", ")
            );
            return ExitCode::FAILURE;
        }
        _ => {}
    }
    ExitCode::SUCCESS
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.json")
}

/// How this program was built: each build has figures of its own.
fn build() -> &'static str {
    match cfg!(debug_assertions) {
        true => "unoptimised",
        false => "optimised",
    }
}

fn all_committed() -> BTreeMap<String, ByWork> {
    let text = fs::read_to_string(file()).unwrap_or_else(|_| "{}".into());
    serde_json::from_str(&text).unwrap()
}

fn committed() -> ByWork {
    all_committed().remove(build()).unwrap_or_default()
}

fn all() -> Vec<Guarded> {
    let amounts = |name, case: Case, [few, many]: [u32; 2]| Guarded {
        name,
        is_reference: case.stack == Stack::Sdk,
        cases: [few, many].map(|count| Case {
            count,
            ..case.clone()
        }),
        units: f64::from(many - few),
    };
    let spans = |name, stack| amounts(name, Case::new(Work::Function, stack, 0), [400, 1_200]);
    // Few: under valgrind, the SDK gives a request up that is larger.
    let messages = |name, stack| amounts(name, Case::new(Work::Messages, stack, 0), [10, 30]);
    let call = |chunks| Case {
        bytes: 2_000,
        chunks,
        ..Case::new(Work::Call, Stack::Langfuse, 0)
    };
    let untraced = Case {
        bytes: 2_000,
        ..Case::new(Work::Call, Stack::None, 0)
    };
    let [few, many] = [100, 300].map(|chunks| Case {
        count: 5,
        ..call(chunks)
    });
    vec![
        spans("span, SDK", Stack::Sdk),
        spans("span, plain OTLP", Stack::Plain),
        spans("span, Langfuse", Stack::Langfuse),
        messages("50 kB of messages, SDK", Stack::Sdk),
        messages("50 kB of messages, plain OTLP", Stack::Plain),
        messages("50 kB of messages, Langfuse", Stack::Langfuse),
        amounts("call, untraced", untraced, [20, 60]),
        amounts("call, Langfuse", call(0), [20, 60]),
        Guarded {
            name: "chunk, Langfuse",
            cases: [few, many],
            units: 5.0 * 200.0,
            is_reference: false,
        },
    ]
}

impl Guarded {
    fn figures(&self, sink: &Sink) -> Figures {
        let [few, many] = [0, 1].map(|index| counts(sink, &self.cases[index]));
        let each = |figure: fn(&Figures) -> f64| (figure(&many) - figure(&few)) / self.units;
        Figures {
            allocations: each(|figures| figures.allocations),
            caller_instructions: each(|figures| figures.caller_instructions),
            process_instructions: each(|figures| figures.process_instructions),
        }
    }
}

/// All that a case costs.
fn counts(sink: &Sink, case: &Case) -> Figures {
    let folder = std::env::temp_dir().join(format!("span_cost.{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let out = folder.join("out");
    let wrapper = [
        "valgrind".to_owned(),
        "--quiet".to_owned(),
        "--tool=callgrind".to_owned(),
        "--separate-threads=yes".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    let outcome = sink.run_by(case, &wrapper);
    let mut figures = Figures {
        allocations: outcome.allocations,
        caller_instructions: 0.0,
        process_instructions: 0.0,
    };
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let instructions = total(&fs::read_to_string(&path).unwrap());
        // Threads are numbered in the order in which they started.
        if path.extension().is_none() && path.to_string_lossy().ends_with("-01") {
            figures.caller_instructions = instructions;
        }
        figures.process_instructions += instructions;
    }
    fs::remove_dir_all(&folder).unwrap();
    figures
}

/// The sum at the end of a profile; 0 in the file that stands for the process.
fn total(profile: &str) -> f64 {
    let line = profile
        .lines()
        .find_map(|line| line.strip_prefix("totals: "));
    line.map_or(0.0, |total| total.trim().parse().unwrap())
}
