//! The other side of the wire, in a process of its own: a backend that answers at once and counts, and a
//! server of models.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::Deserialize;

use super::case::{self, Case, Outcome};
use crate::stream::Chunks;

/// Tells this program to be the other side.
pub const ROLE: &str = "SPAN_COST_SINK";

const WHOLE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1741569952,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"Subtract 11 on both sides: 3x = 3. Divide by 3: x = 1.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":23,"total_tokens":42}}"#;
const CHUNK: &str = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1741570283,\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}\n\n";

/// The other side, until it is dropped.
pub struct Sink {
    child: Child,
    pub address: String,
}

impl Sink {
    pub fn start() -> Self {
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

    /// Runs a case by `wrapper`, a program and its arguments, or as it is.
    pub fn run_by(&self, case: &Case, wrapper: &[String]) -> Outcome {
        let case = Case {
            address: self.address.clone(),
            ..case.clone()
        };
        let program = std::env::current_exe().unwrap();
        let mut command = match wrapper {
            [] => Command::new(program),
            [wrapper, arguments @ ..] => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(program);
                command
            }
        };
        let ran = command
            .env(case::ROLE, serde_json::to_string(&case).unwrap())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(ran.status.success(), "a case failed");
        let outcome: Outcome = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(self.arrived(), outcome.spans, "spans were lost");
        outcome
    }

    pub fn run(&self, case: &Case) -> Outcome {
        self.run_by(case, &[])
    }

    fn arrived(&self) -> u64 {
        let url = format!("{}/arrived", self.address);
        let answer = reqwest::blocking::get(url).unwrap();
        answer.text().unwrap().parse().unwrap()
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
type Bodies = Arc<Mutex<Vec<Bytes>>>;

/// Serves until the process is killed.
pub fn run() -> ! {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
            .route("/arrived", get(arrived))
            .fallback(take)
            .layer(DefaultBodyLimit::disable())
            .with_state(Bodies::default());
        axum::serve(listener, router).await.unwrap();
    });
    std::process::exit(0)
}

async fn take(State(bodies): State<Bodies>, body: Bytes) -> Response {
    bodies.lock().unwrap().push(body);
    ([(CONTENT_TYPE, "application/x-protobuf")], "").into_response()
}

/// How many spans came since this was asked last.
async fn arrived(State(bodies): State<Bodies>) -> String {
    let bodies = std::mem::take(&mut *bodies.lock().unwrap());
    let spans: usize = bodies.iter().map(|body| count(body)).sum();
    spans.to_string()
}

fn count(body: &[u8]) -> usize {
    if body.is_empty() {
        return 0;
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(body)
        .read_to_end(&mut plain)
        .unwrap();
    let request = ExportTraceServiceRequest::decode(&plain[..]).unwrap();
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|one| &one.scope_spans);
    scopes.map(|scope| scope.spans.len()).sum()
}

#[derive(Deserialize)]
struct Wanted {
    chunks: u32,
}

async fn answer(Query(wanted): Query<Wanted>, _: Bytes) -> Response {
    match wanted.chunks {
        0 => ([(CONTENT_TYPE, "application/json")], WHOLE).into_response(),
        chunks => {
            let body = Body::new(Chunks {
                left: chunks,
                chunk: CHUNK.as_bytes(),
            });
            ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
        }
    }
}
