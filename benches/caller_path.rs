//! What tracing costs on the caller's path, with its baselines in the same run.
//!
//! ```sh
//! cargo bench --bench caller_path                  # everything
//! cargo bench --bench caller_path -- calls chunks  # of disabled, calls, dialects, chunks, spans
//! ROUNDS=2 valgrind --tool=callgrind --separate-threads=yes …/caller_path-… calls  # instructions, a thread each
//! ```
//!
//! `ROUNDS` is how often each measurement is repeated: few are enough where instructions are counted.
//!
//! A plain program, so that anyone can read what is measured. Baseline and traced batches alternate, the
//! minimum of each counts, because whatever else the machine does only adds; allocations are those of the
//! caller's thread. Queues are emptied between the batches, outside of what is measured, so nothing is
//! ever dropped. The numbers in the last column are what the library is designed for; no test depends on
//! them.
#![expect(clippy::print_stdout, reason = "the table is for whoever runs this")]
#![expect(clippy::unwrap_used, reason = "a measurement stops by panicking")]
#![expect(unreachable_pub, reason = "nothing of a program is reachable")]

mod dialects;
mod openai;
mod slim;
mod stream;

use std::hint::black_box;
use std::time::{Duration, Instant};

use async_openai::middleware::HttpRequestFactory;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::Runtime;
use tracing::{Dispatch, Instrument, dispatcher};
use tracing_genai::testing::InMemory;
use tracing_genai::{Telemetry, observation};
use tracing_subscriber::layer::SubscriberExt;

use dialects::{EXCHANGES, Exchange};
use openai::{Answer, Service};

/// Far more than a batch takes to be worked off.
const SOON: Duration = Duration::from_secs(60);
/// Chunks of a streamed answer.
const CHUNKS: u32 = 1_000;

/// What one batch took.
#[derive(Clone, Copy)]
struct Cost {
    nanoseconds: f64,
    allocations: f64,
}

impl Cost {
    /// Of one unit, where `work` does `units` of them and says how long the measured part took.
    fn of(units: u32, work: impl FnOnce() -> Duration) -> Self {
        let mut took = Duration::ZERO;
        let allocations = allocation_counter::measure(|| took = work()).count_total;
        Self {
            nanoseconds: took.as_secs_f64() * 1e9 / f64::from(units),
            allocations: allocations as f64 / f64::from(units),
        }
    }

    const WORST: Self = Self {
        nanoseconds: f64::INFINITY,
        allocations: f64::INFINITY,
    };

    fn min(self, other: Self) -> Self {
        Self {
            nanoseconds: self.nanoseconds.min(other.nanoseconds),
            allocations: self.allocations.min(other.allocations),
        }
    }
}

fn heading(title: &str) {
    println!(
        "\n{title:<44} {:>9} {:>9} {:>9} {:>7}  {:>13}  design",
        "baseline", "traced", "added", "ratio", "allocations"
    );
}

fn row(what: &str, baseline: Cost, traced: Cost, design: &str) {
    println!(
        "  {what:<42} {:>6.0} ns {:>6.0} ns {:>6.0} ns {:>7.2}  {:>5.1} → {:>5.1}  {design}",
        baseline.nanoseconds,
        traced.nanoseconds,
        traced.nanoseconds - baseline.nanoseconds,
        traced.nanoseconds / baseline.nanoseconds,
        baseline.allocations,
        traced.allocations,
    );
}

/// A telemetry and the place where its spans arrive, to be forgotten.
struct Traced {
    memory: InMemory,
    telemetry: Telemetry,
}

impl Traced {
    fn new() -> Self {
        let memory = InMemory::new();
        let telemetry = Telemetry::builder()
            .with_variables([("", "")])
            .with_destination(memory.destination())
            .build()
            .unwrap();
        Self { memory, telemetry }
    }

    fn subscriber(&self) -> Dispatch {
        Dispatch::new(tracing_subscriber::registry().with(self.telemetry.layer()))
    }

    /// Waits until everything is worked off; how many spans that were.
    fn drain(&self) -> usize {
        let report = self.telemetry.flush(SOON);
        assert_eq!(report.dropped() + report.pending(), 0, "{report}");
        let spans = self.memory.spans().len();
        self.memory.clear();
        spans
    }
}

/// Makes calls and reads their answers whole.
#[inline(never)]
fn calls(
    runtime: &Runtime,
    service: &mut impl Service,
    factory: &HttpRequestFactory,
    count: u32,
) -> Duration {
    let work = async {
        let start = Instant::now();
        for _ in 0..count {
            let response = service.call(factory.clone()).await.unwrap();
            black_box(response.bytes().await.unwrap());
        }
        start.elapsed()
    };
    runtime.block_on(work.instrument(tracing::info_span!("caller")))
}

/// Makes calls and reads their answers chunk by chunk; what the reading took.
#[inline(never)]
fn streams(
    runtime: &Runtime,
    service: &mut impl Service,
    factory: &HttpRequestFactory,
    count: u32,
) -> Cost {
    let work = async {
        let mut cost = Cost {
            nanoseconds: 0.0,
            allocations: 0.0,
        };
        for _ in 0..count {
            let response = service.call(factory.clone()).await.unwrap();
            let read = Cost::of(CHUNKS * count, || {
                let start = Instant::now();
                futures_util::FutureExt::now_or_never(read(response)).unwrap();
                start.elapsed()
            });
            cost.nanoseconds += read.nanoseconds;
            cost.allocations += read.allocations;
        }
        cost
    };
    runtime.block_on(work.instrument(tracing::info_span!("caller")))
}

async fn read(mut response: reqwest::Response) {
    while let Some(chunk) = response.chunk().await.unwrap() {
        black_box(chunk);
    }
}

fn compare_calls(runtime: &Runtime) {
    heading("a call, with its answer read");
    let traced = Traced::new();
    let subscriber = traced.subscriber();
    for (what, bytes, count) in [
        ("a request of 100 B", 100, 200),
        ("a request of 50 kB", 50_000, 100),
        ("a request of 1 MB", 1_000_000, 16),
    ] {
        let factory = openai::requests(bytes);
        let mut plain = openai::untraced(Answer::Whole);
        let mut ours = openai::traced(Answer::Whole);
        let (mut baseline, mut cost) = (Cost::WORST, Cost::WORST);
        for _ in 0..rounds(40) {
            dispatcher::with_default(&subscriber, || {
                let batch = Cost::of(count, || calls(runtime, &mut plain, &factory, count));
                baseline = baseline.min(batch);
                traced.drain();
                let batch = Cost::of(count, || calls(runtime, &mut ours, &factory, count));
                cost = cost.min(batch);
            });
            assert_eq!(traced.drain(), count as usize + 1);
        }
        row(what, baseline, cost, "added ≤ 8 µs, whatever the size");
    }
}

/// Makes calls of one dialect and reads their answers whole.
fn exchanges<S>(runtime: &Runtime, service: &mut S, exchange: Exchange, count: u32) -> Duration
where
    S: tower_service::Service<reqwest::Request, Response = reqwest::Response>,
    S::Error: std::fmt::Debug,
{
    let work = async {
        let start = Instant::now();
        for _ in 0..count {
            let response = service.call(exchange.request()).await.unwrap();
            black_box(response.bytes().await.unwrap());
        }
        start.elapsed()
    };
    runtime.block_on(work.instrument(tracing::info_span!("caller")))
}

fn compare_dialects(runtime: &Runtime) {
    heading("a call of each dialect, with its answer read");
    let traced = Traced::new();
    let subscriber = traced.subscriber();
    let count = 100;
    let mut costs = [(Cost::WORST, Cost::WORST); EXCHANGES.len()];
    // One after the other in every round, so that what else the machine does hits all of them.
    for _ in 0..rounds(40) {
        for (exchange, (baseline, cost)) in EXCHANGES.into_iter().zip(&mut costs) {
            let mut plain = dialects::untraced(exchange);
            let mut ours = dialects::traced(exchange);
            dispatcher::with_default(&subscriber, || {
                let batch = || exchanges(runtime, &mut plain, exchange, count);
                *baseline = baseline.min(Cost::of(count, batch));
                traced.drain();
                let batch = || exchanges(runtime, &mut ours, exchange, count);
                *cost = cost.min(Cost::of(count, batch));
            });
            // Some requests bring the results of tools, which are spans too.
            assert!(traced.drain() > count as usize);
        }
    }
    let added = |(baseline, cost): (Cost, Cost)| cost.nanoseconds - baseline.nanoseconds;
    let of_openai = added(costs[0]);
    for (exchange, costs) in EXCHANGES.into_iter().zip(costs) {
        let ratio = added(costs) / of_openai;
        let design = format!("{ratio:.2} of what OpenAI's adds; ≤ 1.5");
        row(exchange.dialect, costs.0, costs.1, &design);
    }
}

fn compare_streams(runtime: &Runtime) {
    heading("a chunk of a streamed answer of 1,000");
    let traced = Traced::new();
    let subscriber = traced.subscriber();
    let factory = openai::requests(100);
    let mut plain = openai::untraced(Answer::Streamed(CHUNKS));
    let mut ours = openai::traced(Answer::Streamed(CHUNKS));
    let (mut baseline, mut cost) = (Cost::WORST, Cost::WORST);
    for _ in 0..rounds(60) {
        dispatcher::with_default(&subscriber, || {
            baseline = baseline.min(streams(runtime, &mut plain, &factory, 4));
            traced.drain();
            cost = cost.min(streams(runtime, &mut ours, &factory, 4));
        });
        assert_eq!(traced.drain(), 4 + 1);
    }
    row(
        "a chunk of about 200 B",
        baseline,
        cost,
        "added ≤ 250 ns, 1 allocation",
    );
}

#[tracing::instrument]
fn instrumented(question: &str, number: u64) -> usize {
    black_box(question.len() + number as usize)
}

#[tracing::instrument(ret)]
fn returning(question: &str, number: u64) -> usize {
    black_box(question.len() + number as usize)
}

#[inline(never)]
fn bare(question: &str, number: u64) -> usize {
    black_box(question.len() + number as usize)
}

fn repeat(function: impl Fn(&str, u64) -> usize, count: u32) -> Duration {
    let start = Instant::now();
    for number in 0..u64::from(count) {
        function(black_box("Solve 3x + 11 = 14"), number);
    }
    start.elapsed()
}

/// Takes spans and forgets them.
#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        black_box(spans);
        Ok(())
    }
}

fn compare_spans() {
    heading("an instrumented function");
    // Fewer than the queue of the SDK's processor holds.
    let count = 1_000;
    type Function = fn(&str, u64) -> usize;
    let functions: [(&str, Function); 2] = [
        ("two arguments", instrumented),
        ("two arguments and a result", returning),
    ];
    for (what, function) in functions {
        let (mut baseline, mut cost) = (Cost::WORST, Cost::WORST);
        for _ in 0..rounds(4).min(4) {
            // One at a time: while both exist, each pays for what the other asks of a call site.
            {
                let provider = SdkTracerProvider::builder()
                    .with_span_processor(BatchSpanProcessor::builder(Nowhere).build())
                    .build();
                let slim = slim::layer(provider.tracer("baseline"));
                let subscriber = Dispatch::new(tracing_subscriber::registry().with(slim));
                for _ in 0..rounds(25) {
                    let batch =
                        || dispatcher::with_default(&subscriber, || repeat(function, count));
                    baseline = baseline.min(Cost::of(count, batch));
                    provider.force_flush().unwrap();
                }
            }
            let traced = Traced::new();
            let subscriber = traced.subscriber();
            for _ in 0..rounds(25) {
                let batch = || dispatcher::with_default(&subscriber, || repeat(function, count));
                cost = cost.min(Cost::of(count, batch));
                assert_eq!(traced.drain(), count as usize);
            }
        }
        row(what, baseline, cost, "ratio ≤ 1.15");
    }
    println!("  (baseline: tracing-opentelemetry, slim, with the SDK's batch processor)");
}

fn compare_disabled(runtime: &Runtime) {
    heading("without a subscriber");
    let count = 1_000_000;
    let (mut baseline, mut cost) = (Cost::WORST, Cost::WORST);
    let mut by_hand = Cost::WORST;
    for _ in 0..rounds(20) {
        baseline = baseline.min(Cost::of(count, || repeat(bare, count)));
        cost = cost.min(Cost::of(count, || repeat(instrumented, count)));
        let observe = |_: &str, number: u64| {
            black_box(observation::span("question").start());
            number as usize
        };
        by_hand = by_hand.min(Cost::of(count, || repeat(observe, count)));
    }
    row("an instrumented function", baseline, cost, "added ≤ 5 ns");
    row("an observation by hand", baseline, by_hand, "");

    let factory = openai::requests(100);
    let mut plain = openai::untraced(Answer::Whole);
    let mut ours = openai::traced(Answer::Whole);
    let (mut baseline, mut cost) = (Cost::WORST, Cost::WORST);
    for _ in 0..rounds(100) {
        baseline = baseline.min(Cost::of(200, || calls(runtime, &mut plain, &factory, 200)));
        cost = cost.min(Cost::of(200, || calls(runtime, &mut ours, &factory, 200)));
    }
    row("a call", baseline, cost, "");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    // First, because a process that has ever had a subscriber remembers it.
    if chosen("disabled") {
        compare_disabled(&runtime);
    }
    if chosen("calls") {
        compare_calls(&runtime);
    }
    if chosen("dialects") {
        compare_dialects(&runtime);
    }
    if chosen("chunks") {
        compare_streams(&runtime);
    }
    if chosen("spans") {
        compare_spans();
    }
}

/// How often a measurement is repeated.
fn rounds(default: u32) -> u32 {
    let wanted = std::env::var("ROUNDS").ok();
    wanted.map_or(default, |rounds| rounds.parse().unwrap())
}

/// Whether the part was named in the arguments, or none was.
fn chosen(part: &str) -> bool {
    let mut named = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with('-'))
        .peekable();
    named.peek().is_none() || named.any(|name| name == part)
}
