//! What following a hundred thousand runs of assistants costs: memory that stays and time that does not grow.
//!
//! ```sh
//! cargo bench --bench runs             # 100,000 runs, in a minute or two
//! cargo bench --bench runs -- 25000    # fewer
//! cargo bench --bench runs -- 25000 1024    # so many at the same time
//! ```
//!
//! Each run is created, asked for three times and its messages are listed; every other one shows its steps,
//! and one of five is never seen to end, so that as many as are followed at once are so all the time. The
//! requests go through the traced service and over loopback to a server
//! of this process that remembers nothing. What is exported is counted and forgotten.
//!
//! It fails if the process is more than 5 MiB larger after all runs than after the first tenth, or if a run
//! costs more than 1.1 times as much with all of them behind it as with a tenth: in processor time of the
//! whole process, in batches that take turns, and by the cheapest of each, because whatever else the machine
//! does only adds.
//!
//! The allocator is told to share its memory among the threads and to give large pieces back: otherwise what
//! stays is decided by who happened to free what, and differs by tens of MiB from one time to the next.
#![expect(clippy::print_stdout, reason = "the figures are for whoever runs this")]
#![expect(clippy::unwrap_used, reason = "a measurement stops by panicking")]

use std::process::{Command, ExitCode};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use async_openai_041::middleware::HttpRequestFactory;
use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tower_service::Service;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;
use tracing_genai::openai::HttpService;
use tracing_genai::testing::InMemory;
use tracing_genai::{Report, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

const RUNS: u64 = 100_000;
/// How many run at the same time.
const AT_ONCE: u64 = 16;
/// After how many, at least, what was exported is counted and forgotten.
const BATCH: u64 = 250;
const MOST_GROWTH: f64 = 5.0;
const MOST_SLOWDOWN: f64 = 1.1;
const SOON: Duration = Duration::from_secs(60);

/// Read by glibc when a process starts.
const ALLOCATOR: [(&str, &str); 2] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "65536"),
];

fn main() -> ExitCode {
    if std::env::var_os(ALLOCATOR[0].0).is_none() {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(std::env::args_os().skip(1)).envs(ALLOCATOR);
        let succeeded = again.status().unwrap().success();
        return ExitCode::from(u8::from(!succeeded));
    }
    let mut asked_for = std::env::args().filter_map(|argument| argument.parse().ok());
    let runs: u64 = asked_for.next().unwrap_or(RUNS).max(100 * BATCH);
    let at_once = asked_for.next().unwrap_or(AT_ONCE);
    let tenth = runs / 10;
    let began = Instant::now();
    let mut old = Soak::new(serve(), at_once);
    old.work(tenth);
    let after_first = resident();
    old.work(runs - tenth);
    let after_all = resident();

    let mut young = Soak::new(old.client.url.clone(), at_once);
    young.work(tenth);
    let (mut of_old, mut of_young) = (f64::INFINITY, f64::INFINITY);
    let batch = BATCH.max(at_once);
    for _ in 0..tenth / batch {
        of_young = of_young.min(young.work(batch));
        of_old = of_old.min(old.work(batch));
    }
    let spans = old.finish() + young.finish();

    let growth = after_all - after_first;
    let slowdown = of_old / of_young;
    let took = began.elapsed().as_secs_f64();
    println!(
        "{runs} runs, {at_once} at the same time, and {} to compare with; {spans} spans, {took:.0} s",
        3 * tenth
    );
    println!(
        "resident memory   {after_first:.1} MiB after a tenth of the runs, {after_all:.1} MiB after all: \
         {growth:+.1} MiB (at most {MOST_GROWTH})"
    );
    println!(
        "processor time    {of_young:.0} µs a run after a tenth, {of_old:.0} µs after all: \
         {slowdown:.2} times (at most {MOST_SLOWDOWN})"
    );
    if growth <= MOST_GROWTH && slowdown <= MOST_SLOWDOWN {
        ExitCode::SUCCESS
    } else {
        println!("FAILED");
        ExitCode::FAILURE
    }
}

struct Soak {
    runtime: tokio::runtime::Runtime,
    telemetry: Telemetry,
    memory: InMemory,
    client: Client,
    subscriber: tracing::Dispatch,
    spans: usize,
    runs: u64,
    at_once: u64,
}

impl Soak {
    fn new(url: String, at_once: u64) -> Self {
        let memory = InMemory::new();
        let telemetry = Telemetry::builder()
            .with_variables([("", "")])
            .with_destination(memory.destination())
            .build()
            .unwrap();
        let subscriber = tracing_subscriber::registry().with(telemetry.layer());
        Self {
            subscriber: subscriber.into(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
            client: Client {
                service: tracing_genai::openai::http_service(),
                client: reqwest::Client::new(),
                url,
            },
            telemetry,
            memory,
            spans: 0,
            runs: 0,
            at_once,
        }
    }

    /// Returns the processor time of a run in microseconds.
    fn work(&mut self, count: u64) -> f64 {
        let before = processor_time();
        let last = self.runs + count;
        while self.runs < last {
            let batch = BATCH.max(self.at_once);
            let numbers = self.runs..(self.runs + batch).min(last);
            self.runs = numbers.end;
            let client = &self.client;
            let batch = futures_util::stream::iter(numbers)
                .map(|number| client.run(number).instrument(tracing::info_span!("caller")))
                .buffer_unordered(usize::try_from(self.at_once).unwrap())
                .for_each(|()| async {})
                .with_subscriber(self.subscriber.clone());
            self.runtime.block_on(batch);
            let report = self.telemetry.flush(SOON);
            self.count(&report);
        }
        (processor_time() - before).as_secs_f64() * 1e6 / count as f64
    }

    fn count(&mut self, report: &Report) {
        assert_eq!(report.dropped() + report.pending(), 0, "{report}");
        self.spans += self.memory.spans().len();
        self.memory.clear();
    }

    /// How many spans there were in all.
    fn finish(mut self) -> usize {
        let report = self.telemetry.shutdown(SOON);
        self.count(&report);
        // Caller, agent and generation.
        let expected = usize::try_from(self.runs * 3).unwrap();
        assert_eq!(self.spans, expected);
        self.spans
    }
}

#[derive(Clone)]
struct Client {
    service: HttpService,
    client: reqwest::Client,
    url: String,
}

impl Client {
    async fn run(&self, number: u64) {
        let thread = format!("/threads/thread_{number}");
        let run = format!("{thread}/runs/run_{number}");
        let question = json!({"role": "user", "content": format!("Solve {number}x + 11 = 14")});
        self.send(Method::POST, &format!("{thread}/messages"), Some(question))
            .await;
        let asked = json!({"assistant_id": "asst_1"});
        self.send(Method::POST, &format!("{thread}/runs"), Some(asked))
            .await;
        let has_steps = number.is_multiple_of(2);
        let is_given_up = number % 5 == 4;
        let looks = if is_given_up { 2 } else { 3 };
        for look in 1..=looks {
            self.send(Method::GET, &format!("{run}?look={look}"), None)
                .await;
        }
        if has_steps {
            self.send(Method::GET, &format!("{run}/steps"), None).await;
        }
        self.send(Method::GET, &format!("{thread}/messages"), None)
            .await;
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) {
        let (client, url) = (self.client.clone(), format!("{}{path}", self.url));
        let body = body.map(|body| body.to_string());
        let factory = HttpRequestFactory::new(move || {
            let mut request = client.request(method.clone(), &url);
            if let Some(body) = body.clone() {
                request = request.header(CONTENT_TYPE, "application/json").body(body);
            }
            let request = request.build();
            async move { Ok(request?) }
        });
        let mut service = self.service.clone().with_client(self.client.clone());
        let answer = service.call(factory).await.unwrap();
        assert!(answer.status().is_success());
        answer.bytes().await.unwrap();
    }
}

/// A server that makes its answers from the ids that it is asked for.
fn serve() -> String {
    let (address, bound) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            address.send(listener.local_addr().unwrap()).unwrap();
            let run = get(
                async |Path((_, run)): Path<(String, String)>, RawQuery(query): RawQuery| {
                    let is_last = query.is_some_and(|query| query.ends_with('3'));
                    let status = if is_last { "completed" } else { "in_progress" };
                    answer(&run_object(number(&run), status))
                },
            );
            let create = post(async |Path(thread): Path<String>| {
                answer(&run_object(number(&thread), "queued"))
            });
            let messages =
                post(async |Path(thread): Path<String>| answer(&question(number(&thread)))).get(
                    async |Path(thread): Path<String>| {
                        let number = number(&thread);
                        answer(&list([written(number), question(number)]))
                    },
                );
            let steps = get(async |Path((_, run)): Path<(String, String)>| {
                answer(&list([step(number(&run))]))
            });
            let router = Router::new()
                .route("/v1/threads/{thread}/messages", messages)
                .route("/v1/threads/{thread}/runs", create)
                .route("/v1/threads/{thread}/runs/{run}", run)
                .route("/v1/threads/{thread}/runs/{run}/steps", steps);
            axum::serve(listener, router).await.unwrap();
        });
    });
    format!("http://{}/v1", bound.recv().unwrap())
}

fn answer(body: &Value) -> impl IntoResponse + use<> {
    ([(CONTENT_TYPE, "application/json")], body.to_string())
}

fn number(id: &str) -> u64 {
    id.rsplit('_').next().unwrap().parse().unwrap()
}

const CREATED: u64 = 1_795_000_000;

fn usage() -> Value {
    json!({"prompt_tokens": 142, "completion_tokens": 23, "total_tokens": 165,
        "prompt_token_details": {"cached_tokens": 64}})
}

fn run_object(number: u64, status: &str) -> Value {
    json!({"id": format!("run_{number}"), "object": "thread.run", "created_at": CREATED + number,
        "assistant_id": "asst_1", "thread_id": format!("thread_{number}"), "status": status,
        "model": "gpt-4o", "instructions": "You are a personal math tutor. Answer briefly.",
        "expires_at": CREATED + number + 600, "temperature": 1.0, "top_p": 1.0, "metadata": {},
        "tools": [{"type": "function", "function": {"name": "python", "description": "run code"}}],
        "required_action": null, "usage": if status == "completed" { usage() } else { Value::Null }})
}

fn step(number: u64) -> Value {
    json!({"id": format!("step_{number}"), "object": "thread.run.step",
        "created_at": CREATED + number, "run_id": format!("run_{number}"),
        "thread_id": format!("thread_{number}"), "type": "message_creation", "status": "completed",
        "completed_at": CREATED + number + 2, "usage": usage(),
        "step_details": {"type": "message_creation",
            "message_creation": {"message_id": format!("msg_a{number}")}}})
}

fn message(id: String, number: u64, role: &str, run: Option<String>, text: &str) -> Value {
    json!({"id": id, "object": "thread.message", "created_at": CREATED + number, "role": role,
        "thread_id": format!("thread_{number}"), "run_id": run,
        "content": [{"type": "text", "text": {"value": text, "annotations": []}}]})
}

fn question(number: u64) -> Value {
    let text = format!("Solve {number}x + 11 = 14");
    message(format!("msg_u{number}"), number, "user", None, &text)
}

fn written(number: u64) -> Value {
    let run = Some(format!("run_{number}"));
    let text = "Subtract 11 from both sides and divide by what is left of x. ".repeat(4);
    message(format!("msg_a{number}"), number, "assistant", run, &text)
}

fn list<const N: usize>(data: [Value; N]) -> Value {
    json!({"object": "list", "data": Value::from_iter(data), "has_more": false})
}

/// What the process keeps of memory, in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    kilobytes.unwrap().parse::<f64>().unwrap() / 1024.0
}

/// What all threads of the process have used; none of them ends meanwhile.
fn processor_time() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let used = threads.map(|thread| {
        let file = thread.unwrap().path().join("schedstat");
        let times = std::fs::read_to_string(file).unwrap();
        let nanoseconds = times.split_whitespace().next().unwrap();
        nanoseconds.parse::<u64>().unwrap()
    });
    Duration::from_nanos(used.sum())
}
