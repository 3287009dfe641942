//! The backend, in a process of its own: it answers at once and counts. It takes OTLP as protobuf, and the events of
//! Langfuse's ingestion; and it is the server of models.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::case::{self, Case, Outcome};
use crate::peer::Peer;
use crate::python;

/// Tells this program to be the backend.
pub(crate) const ROLE: &str = "PEERS_SINK";

const ANSWER: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1741569952,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"Subtract 11 on both sides: 3x = 3. Divide by 3: x = 1.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":23,"total_tokens":42}}"#;

/// What the backend got from a case.
#[derive(Serialize, Deserialize)]
pub(crate) struct Arrived {
    /// Spans, or events of Langfuse's ingestion.
    pub(crate) spans: u64,
    /// Of the requests' bodies, as they came.
    pub(crate) bytes: u64,
}

/// The backend, until it is dropped.
pub(crate) struct Sink {
    child: Child,
    address: String,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(ROLE, "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut address).unwrap();
        Self {
            child,
            address: address.trim().to_owned(),
        }
    }

    pub(crate) fn run(&self, case: &Case) -> (Outcome, Arrived) {
        let case = Case {
            address: self.address.clone(),
            ..case.clone()
        };
        let mut command = match case.peer {
            Peer::Python => python::command(&case),
            _ => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command
                    .env(case::ROLE, serde_json::to_string(&case).unwrap())
                    // The others record messages without being told.
                    .env("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true");
                command
            }
        };
        let ran = command.stderr(Stdio::inherit()).output().unwrap();
        assert!(ran.status.success(), "{} came to an end", case.peer.title());
        let outcome = serde_json::from_slice(&ran.stdout).unwrap();
        (outcome, self.arrived())
    }

    fn arrived(&self) -> Arrived {
        let url = format!("{}/arrived", self.address);
        let answer = reqwest::blocking::get(url).unwrap().bytes().unwrap();
        serde_json::from_slice(&answer).unwrap()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It is gone already, or it goes now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came, still as it came: the answer does not wait for its count.
#[derive(Clone, Default)]
struct Requests(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    traces: Vec<(HeaderMap, Bytes)>,
    /// Bytes of everything else.
    other: u64,
}

impl Requests {
    fn push(&self, headers: HeaderMap, body: Bytes) {
        self.0.lock().unwrap().traces.push((headers, body));
    }
}

/// Serves until the process is killed.
pub(crate) fn serve() -> ! {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/v1/traces", post(spans))
            .route("/api/public/otel/v1/traces", post(spans))
            .route("/api/public/ingestion", post(events))
            .route("/v1/chat/completions", post(answer))
            .route("/arrived", get(arrived))
            .fallback(other)
            .layer(DefaultBodyLimit::disable())
            .with_state(Requests::default());
        axum::serve(listener, router).await.unwrap();
    });
    std::process::exit(0)
}

async fn spans(State(requests): State<Requests>, headers: HeaderMap, body: Bytes) -> Response {
    requests.push(headers, body);
    ([(CONTENT_TYPE, "application/x-protobuf")], "").into_response()
}

/// Metrics and logs, of which only the size is of interest.
async fn other(State(requests): State<Requests>, body: Bytes) -> Response {
    requests.0.lock().unwrap().other += body.len() as u64;
    ([(CONTENT_TYPE, "application/x-protobuf")], "").into_response()
}

/// Langfuse answers with what became of each event.
async fn events(State(requests): State<Requests>, headers: HeaderMap, body: Bytes) -> Response {
    let batch: Batch = serde_json::from_slice(&body).unwrap();
    let successes: Vec<_> = batch
        .batch
        .iter()
        .map(|event| json!({"id": event["id"], "status": 201}))
        .collect();
    requests.push(headers, body);
    let answer = Json(json!({"successes": successes, "errors": []}));
    (StatusCode::MULTI_STATUS, answer).into_response()
}

async fn answer(_: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], ANSWER).into_response()
}

/// What came since this was asked last.
async fn arrived(State(requests): State<Requests>) -> Json<Arrived> {
    let taken = std::mem::take(&mut *requests.0.lock().unwrap());
    let mut arrived = Arrived {
        spans: 0,
        bytes: taken.other,
    };
    for (headers, body) in taken.traces {
        arrived.bytes += body.len() as u64;
        arrived.spans += count(&headers, &body) as u64;
    }
    Json(arrived)
}

#[derive(Deserialize)]
struct Batch {
    batch: Vec<Value>,
}

fn count(headers: &HeaderMap, body: &[u8]) -> usize {
    let says = |name, value: &str| {
        let found = headers.get(name).and_then(|found| found.to_str().ok());
        found.is_some_and(|found| found.starts_with(value))
    };
    let mut plain = Vec::new();
    if says(CONTENT_ENCODING, "gzip") {
        let mut reader = flate2::read::GzDecoder::new(body);
        reader.read_to_end(&mut plain).unwrap();
    } else {
        plain.extend_from_slice(body);
    }
    if says(CONTENT_TYPE, "application/json") {
        let batch: Batch = serde_json::from_slice(&plain).unwrap();
        return batch.batch.len();
    }
    let request = ExportTraceServiceRequest::decode(&plain[..]).unwrap();
    let resources = request.resource_spans.iter();
    let spans = resources
        .flat_map(|one| &one.scope_spans)
        .flat_map(|scope| &scope.spans);
    spans.filter(|span| is_whole(span)).count()
}

/// logfire also sends some spans when they start, which are no substitute for one that is lost.
fn is_whole(span: &Span) -> bool {
    let pending = Some(any_value::Value::StringValue("pending_span".to_owned()));
    let mut values = span.attributes.iter().filter_map(|one| one.value.as_ref());
    !values.any(|value| value.value == pending)
}
