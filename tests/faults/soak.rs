//! Memory over time: functions, models, tools, runs and traces that are new each time, and a backend that is
//! down for every other few seconds.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tower::{Service, ServiceBuilder, ServiceExt};
use tracing_genai::context::{self, Attributes};
use tracing_genai::http::TraceLayer;
use tracing_genai::message::{Message, ToolDefinition, Usage};
use tracing_genai::{Destination, Telemetry, observation};
use tracing_subscriber::layer::SubscriberExt;

use crate::sink::{Answer, Sink};
use crate::{memory, openai_sim};

const PROGRAM: &str = "FAULTS_SOAK";
/// How many questions are asked at the same time.
const AT_ONCE: u64 = 32;
/// Between two figures.
const INTERVAL: Duration = Duration::from_secs(5);
/// The second half of the time may need so much more than the first.
const MOST_GROWTH_MIB: u64 = 8;
/// Read by glibc when a process starts: otherwise what stays is decided by who happened to free what.
const ALLOCATOR: [(&str, &str); 2] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "65536"),
];

/// Runs the process for so long, and judges its figures.
pub fn run(seconds: u64) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(openai_sim::start()).unwrap();
    let sink = Sink::start(|request| match request.at.as_secs() / 4 % 2 {
        0 => Answer::Takes,
        _ => Answer::Status(503),
    });
    let arguments = json!([
        seconds,
        server.base_url(),
        format!("http://{}", sink.address)
    ]);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(PROGRAM, arguments.to_string())
        .envs(ALLOCATOR)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut series = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        println!("{line}");
        let mib = line
            .split_whitespace()
            .find_map(|word| word.strip_suffix("MiB")?.parse::<u64>().ok());
        series.extend(mib);
    }
    assert!(child.wait().unwrap().success());
    let (first, second) = series.split_at(series.len() / 2);
    let (before, after) = (
        first.iter().max().unwrap_or(&0),
        second.iter().max().unwrap_or(&0),
    );
    println!("at most {before} MiB in the first half, {after} MiB in the second");
    match *after <= before + MOST_GROWTH_MIB {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Is the process that is measured, if it was started as one.
pub fn is_one() -> bool {
    let Ok(arguments) = std::env::var(PROGRAM) else {
        return false;
    };
    let (seconds, server, backend): (u64, String, String) =
        serde_json::from_str(&arguments).unwrap();
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(Destination::otlp(format!("{backend}/v1/traces")))
        .with_metrics(
            Destination::otlp(format!("{backend}/v1/metrics")).with_timeout(Duration::from_secs(1)),
        )
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let (begun, mut shown, mut number) = (Instant::now(), Instant::now(), 0_u64);
            while begun.elapsed() < Duration::from_secs(seconds) {
                let at_once = (number..number + AT_ONCE).map(|one| question(one, &server));
                join_all(at_once).await;
                number += AT_ONCE;
                if shown.elapsed() >= INTERVAL {
                    shown = Instant::now();
                    let (after, mib) = (begun.elapsed().as_secs(), memory("VmRSS:") / 1_024);
                    println!("{after:>4} s {number:>7} traces {mib:>4}MiB");
                }
            }
        });
    });
    telemetry.flush(Duration::from_secs(20));
    let report = telemetry.shutdown(Duration::from_secs(5));
    println!("{report}");
    assert_eq!(
        report.exported() + report.dropped() + report.pending(),
        report.destinations[0].made
    );
    true
}

/// Everything of it is new.
#[tracing::instrument(skip(server), ret)]
async fn question(number: u64, server: &str) -> u64 {
    let about = Attributes::new()
        .with_user(format!("user-{number}"))
        .with_session(format!("session-{number}"))
        .with_metadata("number", number);
    context::set(about);
    let tool = format!("tool-{number}");
    let generation = observation::generation(format!("chat-{number}"))
        .with_model(format!("model-{number}"))
        .with_tools([ToolDefinition::function(tool.clone())])
        .with_input_messages([Message::user("why? ".repeat(200))])
        .start();
    generation.set_usage(Usage::new(14, 2));
    drop(generation);
    drop(observation::tool(tool).with_input("{}").start());
    let chat = json!({
        "model": "gpt-4o-mini", "user": format!("user-{number}"), "stream": number.is_multiple_of(2),
        "messages": [{"role": "user", "content": format!("Solve {number}x + 11 = 14")}],
    });
    call(Method::POST, format!("{server}/chat/completions"), &chat).await;
    if number.is_multiple_of(10) {
        assistant_run(server).await;
    }
    number
}

/// A run of the Assistants API, followed until it ends, or not.
async fn assistant_run(server: &str) {
    let model = json!({"model": "gpt-4o-mini"});
    let assistant = call(Method::POST, format!("{server}/assistants"), &model).await;
    let thread = call(Method::POST, format!("{server}/threads"), &json!({})).await;
    let runs = format!("{server}/threads/{}/runs", text(&thread, "id"));
    let begin = json!({"assistant_id": text(&assistant, "id")});
    let run = call(Method::POST, runs.clone(), &begin).await;
    for _ in 0..3 {
        call(
            Method::GET,
            format!("{runs}/{}", text(&run, "id")),
            &Value::Null,
        )
        .await;
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

async fn call(method: Method, url: String, body: &Value) -> Value {
    thread_local! {
        static CLIENT: Client = Client::new();
    }
    let client = CLIENT.with(Client::clone);
    let mut request = client.request(method, url).bearer_auth("sk-simulated");
    if !body.is_null() {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    let mut service = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .service(client);
    let response = service
        .ready()
        .await
        .unwrap()
        .call(request.build().unwrap())
        .await
        .unwrap();
    let body = response.bytes().await.unwrap();
    serde_json::from_slice(&body).unwrap_or_default()
}
