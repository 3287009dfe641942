//! What arrives, and what it costs, when the backend is bad: this crate beside OpenTelemetry's own batch
//! processor and exporter.
//!
//! ```sh
//! cargo bench --bench delivery                 # outages of 30 seconds, a quarter of an hour
//! cargo bench --bench delivery -- quick        # outages of 3 seconds
//! cargo bench --bench delivery -- quick burst  # of outage, spool, burst, exit
//! cargo bench --bench delivery -- busy spool   # with two threads more that do nothing but work
//! ```
//!
//! A plain program. The backend runs in this process and knows which spans it has got; every case is a
//! process of its own, so that its peak of memory is its own. "blocked" is what 99.9 % of the ends of
//! spans take less than, on the thread that ends them. To reach: nothing lost in `outage` and `spool`,
//! exact counts in `burst`, a peak of memory under the queue's 64 MiB and 64 MiB more, an end within its
//! deadline, spans that block for less than a millisecond. No test depends on these numbers.
#![expect(clippy::print_stdout, reason = "the table is for whoever runs this")]
#![expect(clippy::unwrap_used, reason = "a measurement stops by panicking")]
#![expect(unreachable_pub, reason = "nothing of a program is reachable")]

mod backend;
mod memory;

use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use backend::{Backend, Fault};
use memory::peak_mib;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::{Deserialize, Serialize};
use tracing::{Dispatch, dispatcher};
use tracing_genai::{Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

/// How many threads work beside the cases on request.
const BUSY: usize = 2;
/// Tells this program to be a case.
const CASE: &str = "DELIVERY_CASE";

#[derive(Clone, Serialize, Deserialize)]
struct Case {
    is_ours: bool,
    address: String,
    spans: usize,
    bytes: usize,
    /// Spans a second; 0 is as fast as it can be.
    rate: usize,
    request: Duration,
    flush: Duration,
    exit: Duration,
    spool: Option<PathBuf>,
}

#[derive(Default, Serialize, Deserialize)]
struct Outcome {
    said_exported: Option<u64>,
    said_spooled: u64,
    said_lost: u64,
    peak_mib: u64,
    flush: Duration,
    exit: Duration,
    blocked: Duration,
}

fn main() {
    if let Ok(case) = std::env::var(CASE) {
        let outcome = run(&serde_json::from_str(&case).unwrap());
        println!("{}", serde_json::to_string(&outcome).unwrap());
        return;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_quick = words.iter().any(|word| word == "quick");
    if words.iter().any(|word| word == "busy") {
        for _ in 0..BUSY {
            std::thread::spawn(|| {
                let mut number = 0_u64;
                loop {
                    number = black_box(number.wrapping_add(1));
                }
            });
        }
    }
    let groups = ["outage", "spool", "burst", "exit"];
    let named: Vec<_> = groups
        .iter()
        .filter(|g| words.iter().any(|w| w == **g))
        .collect();
    let wants = |group: &&str| named.is_empty() || named.contains(&group);
    println!(
        "{:<38} {:<5} {:>7} {:>8} {:>6} {:>9} {:>8} {:>9} {:>8} {:>8} {:>11}",
        "case",
        "who",
        "made",
        "arrived",
        "lost",
        "said lost",
        "spooled",
        "peak",
        "flush",
        "exit",
        "blocked"
    );
    if wants(&"outage") {
        outages(is_quick);
    }
    if wants(&"spool") {
        with_spool(is_quick);
    }
    if wants(&"burst") {
        bursts();
    }
    if wants(&"exit") {
        exits();
    }
}

/// 10,000 small spans, and a backend that is bad for three quarters of that time.
fn outages(is_quick: bool) {
    let (seconds, rate) = if is_quick { (3, 2_500) } else { (30, 250) };
    let bad_for = Duration::from_secs(seconds);
    for (name, fault) in [
        ("healthy", Fault::None),
        ("refuses connections", Fault::Refused),
        ("answers 500", Fault::Answers(500)),
        ("answers 503", Fault::Answers(503)),
        ("answers 429 with Retry-After", Fault::RateLimited),
        ("hangs", Fault::Hangs),
        ("takes 300 ms a request", Fault::Slow),
        ("answers 413 over 4.5 MB", Fault::Small),
    ] {
        for is_ours in [true, false] {
            let backend = Backend::start(fault, bad_for);
            let case = Case {
                is_ours,
                address: backend.address.to_string(),
                spans: 10_000,
                // Large enough for 413: 512 of them are 25 MB.
                bytes: if matches!(fault, Fault::Small) {
                    50_000
                } else {
                    200
                },
                rate,
                request: Duration::from_secs(if is_quick { 1 } else { 10 }),
                flush: Duration::from_secs(20),
                exit: Duration::from_secs(5),
                spool: None,
            };
            let outcome = in_process(&case);
            row(
                &format!("outage: {name}"),
                &case,
                &outcome,
                backend.arrived(),
            );
        }
    }
}

/// 5,000 spans of 10 kB a second, and a spool.
fn with_spool(is_quick: bool) {
    let spans = if is_quick { 20_000 } else { 50_000 };
    // Longer than the load: what has not arrived by then is delivered by the next process.
    let bad_for = Duration::from_secs(spans as u64 / 5_000 + 8);
    for (name, fault) in [
        ("healthy", Fault::None),
        ("refuses connections", Fault::Refused),
        ("hangs", Fault::Hangs),
        ("takes 300 ms a request", Fault::Slow),
    ] {
        for is_ours in [true, false] {
            let started = Instant::now();
            let backend = Backend::start(fault, bad_for);
            let folder = std::env::temp_dir().join(format!("delivery-{}", backend.address.port()));
            let case = Case {
                is_ours,
                address: backend.address.to_string(),
                spans,
                bytes: 10_000,
                rate: 5_000,
                request: Duration::from_secs(10),
                flush: Duration::from_secs(2),
                exit: Duration::from_secs(5),
                spool: is_ours.then(|| folder.clone()),
            };
            let outcome = in_process(&case);
            if is_ours && outcome.said_spooled > 0 {
                std::thread::sleep(bad_for.saturating_sub(started.elapsed()));
                let next = Case {
                    spans: 0,
                    flush: Duration::from_secs(120),
                    ..case.clone()
                };
                in_process(&next);
            }
            row(
                &format!("spool: {name}"),
                &case,
                &outcome,
                backend.arrived(),
            );
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// More than any queue holds, as fast as it can be made.
fn bursts() {
    for (name, fault) in [
        ("healthy", Fault::None),
        ("takes 300 ms a request", Fault::Slow),
    ] {
        for is_ours in [true, false] {
            let backend = Backend::start(fault, Duration::ZERO);
            let case = Case {
                is_ours,
                address: backend.address.to_string(),
                spans: 50_000,
                bytes: 10_000,
                rate: 0,
                request: Duration::from_secs(10),
                flush: Duration::from_secs(60),
                exit: Duration::from_secs(5),
                spool: None,
            };
            let outcome = in_process(&case);
            row(
                &format!("burst: {name}"),
                &case,
                &outcome,
                backend.arrived(),
            );
        }
    }
}

/// A backend that never comes back: flush and exit with two seconds each.
fn exits() {
    for (name, fault) in [
        ("refuses connections", Fault::Refused),
        ("answers 503", Fault::Answers(503)),
        ("hangs", Fault::Hangs),
    ] {
        for is_ours in [true, false] {
            let backend = Backend::start(fault, Duration::from_secs(3_600));
            let case = Case {
                is_ours,
                address: backend.address.to_string(),
                spans: 10_000,
                bytes: 1_000,
                rate: 0,
                request: Duration::from_secs(10),
                flush: Duration::from_secs(2),
                exit: Duration::from_secs(2),
                spool: None,
            };
            let outcome = in_process(&case);
            row(&format!("exit: {name}"), &case, &outcome, backend.arrived());
        }
    }
}

fn in_process(case: &Case) -> Outcome {
    let output = Command::new(std::env::current_exe().unwrap())
        .env(CASE, serde_json::to_string(case).unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|_| {
        panic!("{text}{}", String::from_utf8_lossy(&output.stderr));
    })
}

fn row(name: &str, case: &Case, outcome: &Outcome, arrived: usize) {
    let lost = case.spans.saturating_sub(arrived);
    // The counts are exact if what was said to be delivered, and nothing else, has arrived.
    let said = match outcome.said_exported {
        None => "–".into(),
        Some(exported) if exported + outcome.said_spooled == arrived as u64 => {
            format!("{} ✓", outcome.said_lost)
        }
        Some(exported) => format!("{} ({exported})", outcome.said_lost),
    };
    println!(
        "{name:<38} {:<5} {:>7} {arrived:>8} {lost:>6} {said:>9} {:>8} {:>5} MiB {:>6.2} s {:>6.2} s {:>8.1} µs",
        if case.is_ours { "ours" } else { "SDK" },
        case.spans,
        outcome.said_spooled,
        outcome.peak_mib,
        outcome.flush.as_secs_f64(),
        outcome.exit.as_secs_f64(),
        outcome.blocked.as_secs_f64() * 1e6,
    );
}

fn run(case: &Case) -> Outcome {
    let url = format!("http://{}/v1/traces", case.address);
    if case.is_ours {
        let mut builder = Telemetry::builder()
            .with_variables([("", "")])
            .with_destination(Destination::otlp(url).with_timeout(case.request));
        if let Some(folder) = &case.spool {
            builder = builder.with_spool_dir(folder);
        }
        let telemetry = builder.build().unwrap();
        let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
        let blocked = load(case, &subscriber);
        let flush = timed(|| drop(telemetry.flush(case.flush)));
        let exit = timed(|| drop(telemetry.shutdown(case.exit)));
        let report = telemetry.report();
        Outcome {
            said_exported: Some(report.exported()),
            said_spooled: report.spooled(),
            said_lost: report.dropped() + report.pending(),
            peak_mib: peak_mib(),
            flush,
            exit,
            blocked,
        }
    } else {
        let client = reqwest::blocking::Client::builder()
            .timeout(case.request)
            .build()
            .unwrap();
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(url)
            .with_timeout(case.request)
            .build()
            .unwrap();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
        let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer));
        let blocked = load(case, &subscriber);
        let flush = timed(|| drop(provider.force_flush()));
        let exit = timed(|| drop(provider.shutdown_with_timeout(case.exit)));
        Outcome {
            peak_mib: peak_mib(),
            flush,
            exit,
            blocked,
            ..Outcome::default()
        }
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Makes the spans; what 99.9 % of their ends took at most.
fn load(case: &Case, subscriber: &Dispatch) -> Duration {
    let text = text(1 << 20);
    let mut ends = Vec::with_capacity(case.spans);
    let start = Instant::now();
    dispatcher::with_default(subscriber, || {
        for number in 0..case.spans {
            if let Some(due) = (number * 1_000_000).checked_div(case.rate) {
                let due = start + Duration::from_micros(due as u64);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            let at = number * 7_919 % (text.len() - case.bytes);
            let input = &text[at..at + case.bytes];
            let span = tracing::info_span!("work", input);
            span.in_scope(|| ());
            ends.push(timed(|| drop(span)));
        }
    });
    ends.sort_unstable();
    let last = ends.len().saturating_sub(1);
    ends.get(last * 999 / 1_000).copied().unwrap_or_default()
}

/// Words, so that it compresses as text does.
fn text(bytes: usize) -> String {
    const WORDS: [&str; 16] = [
        "the ",
        "model ",
        "answers ",
        "with ",
        "a ",
        "number ",
        "that ",
        "solves ",
        "equation ",
        "because ",
        "both ",
        "sides ",
        "were ",
        "divided ",
        "by ",
        "three. ",
    ];
    let mut state = 42_u64;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text.push_str(WORDS[(state >> 60) as usize]);
    }
    text
}
